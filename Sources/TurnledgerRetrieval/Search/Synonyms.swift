// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Words that mean much the same in everyday speech and in regulations.
///
/// Each line is a group. A query that has one word of a group also finds, at less weight, clauses with the others.
enum Synonyms {
    /// Stems to the groups of other words: each a list of stems.
    static let english: [String: [[String]]] = table(englishGroups) { Tokenizer.terms($0) }

    /// Chinese words to the other words of their groups.
    static let chinese: [String: [String]] = {
        var table: [String: [String]] = [:]
        for line in chineseGroups.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            for word in words { table[word, default: []] += words.filter { $0 != word } }
        }
        return table
    }()

    /// The words of `chinese` by their first character, the longest first.
    static let chineseByFirst: [Character: [String]] = Dictionary(grouping: chinese.keys) { $0.first! }
        .mapValues { $0.sorted { ($1.count, $0) < ($0.count, $1) } }

    private static func table(_ groups: String, terms: (String) -> [String]) -> [String: [[String]]] {
        var table: [String: [[String]]] = [:]
        for line in groups.split(separator: "\n") {
            let entries = line.split(separator: "|").map { terms(String($0)) }.filter { !$0.isEmpty }
            for entry in entries where entry.count == 1 {
                for other in entries where other != entry && !table[entry[0], default: []].contains(other) {
                    table[entry[0], default: []].append(other)
                }
            }
        }
        return table
    }

    private static let englishGroups = """
        wide|width|breadth
        high|height|tall
        long|length
        deep|depth
        thick|thickness
        heavy|weight|mass
        hot|warm|temperature|heat
        cold|temperature|cool
        far|distance
        apart|distance|spacing
        fast|speed|velocity|quick
        loud|noise|sound|decibel
        bright|light|lighting|illuminance|lux
        big|large|size|area
        small|minimum
        often|frequency|interval|annually|periodic|every
        soon|delay|without undue delay|immediately|promptly|within
        quickly|delay|without undue delay|promptly
        deadline|within|time limit|period
        maximum|most|limit|exceed
        minimum|least
        must|shall|required|obligation|obliged
        forbidden|prohibited|prohibit|ban|banned|not permitted
        outlaw|prohibit|ban
        allowed|permitted|may|permission
        fine|penalty|sanction|administrative fine
        punish|penalty|sanction|fine
        door|doorway|leaf
        exit|egress|evacuation|escape
        stair|staircase|stairway|step
        elevator|lift
        corridor|hallway|passage|passageway
        fence|barrier|guard|railing|enclosure
        handrail|rail
        roof|ceiling
        fire|blaze|combustion
        extinguisher|fire fighting
        alarm|warning|alert|signal
        warn|alert|notify|inform
        wire|cable|conductor|wiring
        socket|outlet
        plug|connector
        earth|ground|earthing|grounding
        rcd|residual current
        power|electricity|supply|voltage
        outage|blackout|failure|interruption
        fridge|refrigerator|refrigeration|cooling
        wash|clean|cleaning|rinse
        dirty|contaminated|contamination
        check|inspect|inspection|examine|test|verify|audit
        inspector|inspection|authority
        repair|maintenance|maintain|fix
        replace|replacement|renew|exchange
        keep|retain|store|storage|preserve|retention
        save|store|retain
        record|log|register|document|documentation
        paperwork|documentation|documents|records
        sign|notice|label|marking|signage
        mark|marking|label
        label|labelling|marking
        training|instruction|education|course|literacy
        train|training|instruct|skill|literacy
        teach|instruct|training
        worker|employee|staff|personnel|workforce
        boss|employer|management|manager|management body
        manager|management|director|management body
        company|undertaking|enterprise|organisation|business|entity|firm
        firm|undertaking|company|entity
        customer|client|consumer|user
        buyer|purchaser|consumer|user
        maker|manufacturer|producer|provider
        manufacturer|producer|maker
        seller|distributor|vendor|trader
        dealer|distributor
        shop|retail|distributor
        vendor|provider|supplier|service provider
        supplier|provider|vendor|third party
        outsource|third party|subcontract|contractual arrangement
        subcontractor|subcontracting|sub processor
        boy|child|minor
        kid|child|minor
        children|child|minor
        young|child|minor
        pupil|student|child
        parent|parental|guardian
        citizen|natural person|individual|person
        individual|natural person|data subject|person
        people|person|persons|occupant
        person|individual
        disabled|disability|accessible|accessibility
        wheelchair|accessible|accessibility|disability
        doctor|physician|medical
        sick|illness|disease|health
        hurt|injury|harm
        injured|injury|harm|accident
        accident|incident|injury
        death|fatal
        danger|hazard|risk|dangerous
        dangerous|hazardous|hazard|high risk
        safe|safety|secure
        hack|breach|attack|incident|cyber attack
        hacker|attack|cyber threat
        leak|breach|disclosure|loss|spill
        spill|leak|release
        steal|theft|loss|unauthorised
        password|authentication|credential
        login|authentication|access
        encrypt|encryption|cryptography
        backup|backup|restore|recovery
        bug|vulnerability|defect|flaw
        flaw|vulnerability|defect|weakness
        patch|update|security update
        upgrade|update|modification
        delete|erase|erasure|removal|destroy
        forget|erase|erasure|forgotten
        forgotten|erasure|erase
        fix|rectification|correct|repair|corrective
        wrong|inaccurate|incorrect|error|rectification
        mistake|error|inaccurate|rectification
        correct|rectify|rectification|accurate
        copy|duplicate|access|portability
        move|transfer|transmit|portability
        transfer|transmit|transmission
        send|transmit|transfer
        abroad|third country|transfer|international
        overseas|third country|international
        foreign|third country
        agree|consent|agreement
        consent|agreement|permission
        permission|consent|authorisation|permit
        withdraw|withdrawal|revoke
        refuse|object|objection|reject|refusal
        complain|complaint|lodge
        sue|judicial remedy|proceedings|court
        court|judicial|tribunal|proceedings
        lawsuit|proceedings|judicial
        appeal|remedy|review|challenge
        compensation|damages|liability|compensate
        damages|compensation|liability
        pay|payment|compensation|fee
        money|payment|fee|cost|financial
        free|free of charge|without charge
        charge|fee|cost
        price|fee|cost
        tell|inform|notify|information|communicate
        inform|notify|information|notification
        notify|notification|report|inform
        report|notify|notification|reporting
        announce|notify|publish|public
        publish|publication|public|disclose
        disclose|disclosure|publish|report
        secret|confidential|confidentiality|secrecy
        private|privacy|personal|confidential
        privacy|data protection|personal data|confidentiality
        regulator|supervisory authority|competent authority|authority
        watchdog|supervisory authority|competent authority
        government|authority|state|member state
        country|member state|state
        police|law enforcement
        advertise|marketing|advertising
        marketing|advertising|direct marketing
        profile|profiling
        automatic|automated
        robot|automated|ai system|machine
        algorithm|automated|ai system
        artificial|ai
        face|facial|biometric
        fingerprint|biometric
        emotion|emotional|inference
        camera|surveillance|monitoring|video
        spy|surveillance|monitoring
        watch|monitor|surveillance|supervision|oversight
        monitor|monitoring|surveillance|oversight
        oversee|oversight|supervise|supervision
        supervise|supervision|oversight
        human|natural person
        score|scoring|evaluation|classification
        rate|evaluate|classification
        deepfake|deep fake|artificially generated|synthetic
        fake|artificially generated|manipulated
        chatbot|interacting|interact directly|ai system
        trick|manipulative|deceptive|manipulation
        cheat|deceptive|fraud
        experiment|test|sandbox|trial
        test|testing|examination|trial
        sandbox|sandboxes|testing
        startup|smes|small enterprises|start ups
        certificate|certification|conformity
        certify|certification|certificate
        approve|approval|authorise|authorisation
        licence|permit|authorisation
        representative|authorised representative
        agent|representative
        import|importer
        importer|import
        sell|place on the market|making available|supply
        recall|withdraw|corrective
        lifetime|support period|lifecycle
        support|support period|assistance
        plan|strategy|policy|planning|framework
        emergency|crisis|contingency
        crisis|emergency
        disaster|crisis|recovery|continuity
        continuity|recovery
        cooperate|cooperation|assist|assistance
        share|exchange|sharing
        committee|board|group
        boss|head|leader
        climate|environment|environmental|sustainability
        green|sustainability|environmental
        auditor|audit|assurance|statutory auditor
        accounts|financial statements|report
        child|minor
        toilet|sanitary|lavatory
        water|drinking water
        drink|drinking|potable
        food|foodstuff|meal
        kitchen|catering
        cook|cooking|kitchen
        smoke|smoking|fume
        gas|vapour|fume
        air|ventilation|airflow
        ventilate|ventilation|extract
        battery|accumulator|cell
        glove|protective equipment
        goggles|eye protection|protective
        earplug|hearing protection|hearing protector
        ear|hearing
        deaf|hearing
        blind|visual|tactile
        playground|play area
        swing|play equipment
        fall|drop|falling
        slip|slippery|anti slip
        night|nocturnal
        holiday|leave|vacation
        weekend|sunday|rest
        year|annual|annually|yearly
        month|monthly
        """

    private static let chineseGroups = """
        多宽 宽度 净宽
        宽 宽度 净宽
        多高 高度
        多长 长度 期限
        多深 深度
        多厚 厚度
        多重 重量 质量
        多远 距离 间距
        多大 面积 容积
        多快 速度
        多亮 照度 照明
        多久 期限 时间 周期
        多长时间 期限 周期 日内
        几天 期限 日内
        几年 期限 年限
        什么时候 时间 期限 日期
        多热 温度
        多冷 温度
        多少度 温度
        多少钱 金额 费用 数额
        必须 应当
        得 应当
        禁止 不得 严禁
        不准 不得 禁止
        不能 不得 禁止
        不许 不得 禁止
        可以 允许
        罚款 处罚 罚金 行政处罚
        罚多少 罚款 处罚
        被罚 罚款 处罚
        处罚 罚款 责任
        坐牢 有期徒刑 拘役 监禁
        判刑 有期徒刑 刑罚
        判几年 有期徒刑
        犯法 违法 违反
        犯罪 刑事责任
        偷 盗窃
        偷东西 盗窃
        小偷 盗窃
        抢 抢劫 抢夺
        骗 诈骗 欺诈
        骗钱 诈骗
        打人 殴打 故意伤害
        打架 殴打 斗殴
        杀人 故意杀人
        绑架 拘禁
        行贿 贿赂
        受贿 贿赂
        贪官 贪污 受贿
        假货 伪劣 假冒 假冒伪劣
        冒牌 假冒 仿冒
        山寨 假冒 仿冒 混淆
        盗版 侵权 复制权 著作权
        抄袭 剽窃 侵权
        版权 著作权
        品牌 商标
        发明 专利 发明创造
        老板 用人单位 雇主 负责人
        雇主 用人单位
        公司 用人单位 企业 单位
        单位 用人单位
        员工 劳动者 职工 从业人员
        雇员 劳动者 职工
        工人 劳动者 职工
        打工 劳动者 劳动
        上班 工作时间 劳动
        加班 延长工作时间 工作时间
        加班费 加班工资 工资报酬 延长工作时间
        辞退 解除劳动合同 开除
        开除 解除劳动合同 辞退
        炒鱿鱼 解除劳动合同
        裁员 裁减人员
        辞职 解除劳动合同
        离职 解除劳动合同 终止
        跳槽 竞业限制
        工资 劳动报酬 薪酬
        薪水 工资 劳动报酬
        欠薪 拖欠 劳动报酬
        休假 年休假 假期
        放假 休假 法定节假日
        试工 试用期
        工伤 伤亡 职业伤害
        怀孕 孕期 女职工 妊娠
        产假 生育 产期 女职工
        童工 未满十六周岁 未成年人
        小孩 未成年人 儿童 子女
        孩子 未成年人 子女 儿童
        少年 未成年人
        老人 老年人
        爸妈 父母
        家长 父母 监护人
        父母 监护人
        夫妻 配偶 夫妻双方
        老公 丈夫 配偶
        老婆 妻子 配偶
        结婚 婚姻 结婚登记
        离婚 解除婚姻关系 婚姻
        家暴 家庭暴力
        遗产 继承
        遗嘱 继承
        领养 收养
        抚养费 抚养
        房东 出租人
        租客 承租人
        租房 租赁 承租
        租 租赁
        房租 租金
        借钱 借款 贷款
        欠钱 债务 借款
        还钱 债务 清偿 偿还
        还款 偿还 清偿
        利息 利率
        高利贷 利率 借款
        担保人 保证人
        押金 定金 保证金
        订金 定金
        买家 买受人 消费者
        卖家 出卖人 经营者 销售者
        商家 经营者 销售者
        店家 经营者
        顾客 消费者
        客户 消费者 用户
        网购 电子商务 网络
        网店 电子商务经营者 电子商务
        网上 网络 互联网
        平台 电子商务平台 网络平台
        退货 退款 七日
        退钱 退款 返还
        赔钱 赔偿 损失
        赔偿 补偿 损害赔偿
        赔多少 赔偿 倍
        索赔 赔偿
        保修 修理 三包
        质量差 质量 不合格
        坏了 损坏 瑕疵
        弄坏 损毁 损坏 毁坏
        广告词 广告
        打广告 广告
        代言人 广告代言人
        隐私 个人信息 隐私权
        泄密 泄露 保密
        泄漏 泄露
        泄露 泄漏
        黑客 侵入 网络安全 非法
        电脑 计算机
        人脸识别 图像采集 生物识别
        指纹 生物识别
        摄像头 图像采集 视频监控
        删掉 删除
        撤回 撤销
        出境 境外 跨境
        国外 境外 外国
        外国人 外籍 境外人员
        老外 外国人
        签证 出入境 入境
        护照 出境入境证件
        身份证 居民身份证
        户口 户籍 户口登记
        起诉 诉讼 提起诉讼
        告状 起诉 控告
        打官司 诉讼 起诉
        官司 诉讼
        法院 人民法院
        检察院 人民检察院
        警察 公安机关 人民警察
        民警 人民警察
        派出所 公安机关
        报警 公安机关 报告
        抓人 逮捕 拘留
        关押 羁押 拘留
        律师 辩护人 代理
        上诉 第二审
        时效 诉讼时效
        证人 作证
        当兵 服兵役 兵役
        参军 服兵役 征集
        军人 现役 士兵
        投票 选举 表决
        选民 选举权
        开会 会议
        领导 负责人 主管人员
        官员 公务员 国家工作人员 公职人员
        政府 人民政府 行政机关
        上班族 职工
        学校 教育机构
        老师 教师
        学生 受教育者
        上学 入学 义务教育
        学费 收费
        欺凌 学生欺凌
        大夫 医师 医生
        医生 医师
        看病 诊疗 医疗
        医院 医疗机构
        药 药品
        吃药 药品
        假药 药品
        疫苗 预防接种
        打针 接种
        传染病 疫情
        得病 患病 疾病
        献血 采血 血液
        吃的 食品
        饭店 餐饮
        餐馆 餐饮 餐饮服务
        过期 保质期 超过保质期
        开车 驾驶 机动车
        司机 驾驶人
        酒驾 饮酒 醉酒 驾驶
        喝酒 饮酒 醉酒
        驾照 驾驶证
        汽车 机动车 车辆
        电动车 非机动车
        自行车 非机动车
        车祸 交通事故
        撞 交通事故 碰撞
        行人 人行横道
        飞机 航空器 民用航空
        轮船 船舶
        船 船舶
        垃圾 废弃物 固体废物
        污水 废水 水污染物
        废气 大气污染物
        污染 污染物 环境
        噪音 噪声
        吵 噪声
        砍树 砍伐 采伐
        树 林木 树木
        打猎 狩猎 猎捕
        钓鱼 捕捞
        养狗 饲养动物 动物
        宠物 饲养动物 动物
        狗 犬
        野生动物 珍贵 濒危
        种地 耕地 承包
        农田 耕地 农用地
        宅基地 农村村民
        拆迁 征收 补偿
        征地 征收 土地
        房子 房屋 住宅 不动产
        买房 房屋 商品房 房地产
        楼 建筑物 建筑
        物业 物业服务
        邻居 相邻
        业主 建筑物区分所有权
        电梯 特种设备
        高空抛物 抛掷 坠落物
        抛物 抛掷
        爆炸 易燃易爆
        鞭炮 烟花爆竹
        枪 枪支
        毒品 吸毒 麻醉药品
        赌博 赌场
        着火 火灾 起火
        火灾 失火 起火
        灭火 消防 扑救
        消防 灭火 防火
        逃生 疏散 安全出口
        逃跑 疏散
        出口 安全出口 疏散
        大门 疏散门 门
        门口 出入口
        楼梯 梯段 踏步
        台阶 踏步
        走廊 走道 通道
        过道 走道 通道
        扶手 栏杆
        栏杆 护栏
        坡道 坡度
        轮椅 无障碍
        盲人 视力残疾 盲道
        残疾 残疾人 无障碍
        厕所 卫生间
        洗手间 卫生间
        灯 照明
        照明 灯具 照度
        电线 线路 导线
        断电 切断电源 停电
        停电 断电 备用电源
        漏电 接地 剩余电流
        检查 检验 巡查 监督检查
        检测 检验 测定
        维修 检修 维护
        保养 维护
        换 更换
        清洗 冲洗 清洁
        打扫 清洁 清扫
        消毒 杀菌
        保存 留存 贮存 存放
        存放 储存 贮存
        储存 贮存 存储
        记录 登记 台账 档案
        登记 备案
        培训 教育 考核
        许可证 许可 执照
        执照 许可证 营业执照
        资格 条件 资质
        上报 报告
        报告 通报 通知
        告诉 告知 通知
        通知 告知
        公开 公布 公示
        批准 审批 许可
        税 税收 纳税
        交税 纳税 缴纳税款
        逃税 偷税 逃避缴纳税款
        漏税 偷税 少缴
        报税 纳税申报
        发票 票据
        上市 公开发行 证券
        股票 证券 股份
        股民 投资者
        股东 出资
        注册资本 出资
        破产 清算 重整
        倒闭 破产 解散
        银行 商业银行 金融机构
        存钱 存款
        洗钱 反洗钱
        保险 投保 保险人
        理赔 保险金 赔偿
        五险 社会保险
        社保 社会保险
        养老金 基本养老保险 养老
        退休 养老
        失业 失业保险
        彩礼 财物
        捐款 捐赠
        捐钱 捐赠 慈善
        募捐 公开募捐 慈善
        宗教 信仰
        文物 文化遗产
        网瘾 沉迷 网络
        直播 网络 主播
        人肉搜索 隐私 个人信息
        造谣 诽谤 虚假信息 谣言
        骂人 侮辱 诽谤
        诽谤 名誉权 侮辱
        垄断 滥用市场支配地位
        涨价 价格 哄抬
        招标 投标
        串通 串标
        地震 抗震
        洪水 防洪
        台风 气象
        水源 饮用水
        喝的水 饮用水 生活饮用水
        """
}
