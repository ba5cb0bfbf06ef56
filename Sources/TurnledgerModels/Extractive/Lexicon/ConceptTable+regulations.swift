// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// Words of rules and buildings, for the fit of a clause; none of them is about a person.
    static let regulations = """
        width: wide, width, broad, breadth, clear width, how wide, how broad | 宽 宽度 净宽 净宽度 多宽
        length: long, length, how long | 长 长度 多长
        height: high, height, how high, clear height, headroom | 高 高度 净高 多高
        depth: deep, depth, thick, thickness, how thick, how deep | 厚 厚度 深 深度 多厚 多深
        distance: distance, far, how far, travel distance, spacing, apart, separation, interval, gap, clearance | 距离
         间距 多远 间隔 疏散距离 步行距离
        area: area, floor area, surface, square metre | 面积 建筑面积 平方米
        volume: volume, capacity, cubic | 容积 体积 容量
        evacuate: evacuate, evacuation, escape, egress, emergency exit, means of escape, get out, flee, way out,
         leave the building | 疏散 逃生 安全疏散 撤离 逃
        exit: exit, way out, final exit, outlet | 出口 安全出口 疏散出口
        door: door, doorway, gate, leaf, opening | 门 门口 疏散门 防火门 洞口
        stair: stair, staircase, stairway, stairwell, step, tread, riser, flight of stairs | 楼梯 楼梯间 踏步 台阶 梯段 疏散楼梯
        corridor: corridor, passage, hallway, passageway, aisle, walkway, hall | 走道 走廊 通道 过道 疏散走道
        lift: lift, elevator, escalator | 电梯 升降机 自动扶梯 消防电梯
        ramp: ramp, slope, gradient, incline, wheelchair | 坡道 坡度 轮椅 斜坡
        handrail: handrail, rail, railing, guard, guardrail, balustrade, parapet, banister | 栏杆 扶手 护栏 栏板
        fire: fire, flame, blaze, combustion, burn | 火 火灾 防火 消防 燃烧 着火
        resistance: fire resistance, fire rating, fire-resisting, fire resistant, rating, fire resistance rating | 耐火
         耐火极限 耐火等级
        compartment: compartment, fire compartment, fire wall, partition, separating wall, zone | 防火分区 防火墙 隔墙 分隔
        smoke: smoke, smoke control, smoke extraction, ventilate, ventilation, exhaust, smoke vent | 烟 排烟 防烟 通风 烟气 换气
        sprinkler: sprinkler, extinguishing system, suppression system, automatic extinguishing | 喷淋 自动喷水 灭火系统 喷头 自动灭火
        extinguisher: extinguisher, fire extinguisher | 灭火器
        hydrant: hydrant, hose, hose reel, standpipe, water supply, fire water | 消火栓 水带 消防给水 水枪
        alarm: alarm, detector, smoke detector, detection, bell, siren, sounder, warning | 报警 火灾报警 探测器 警报 报警器 感烟
        lighting: lighting, light, lamp, illuminance, emergency lighting, lux, luminaire, illumination, bright | 照明 灯
         照度 应急照明 灯具
        sign: sign, signage, marking, label, exit sign, notice | 标志 标识 指示 标牌 疏散指示
        hospital: hospital, ward, clinic, health care, medical building, patient, healthcare | 医院 病房 医疗 病人 患者 医疗建筑
        schoolbuilding: school, classroom, kindergarten, nursery, teaching building, pupil | 学校 教室 幼儿园 教学楼 中小学
        residential: residential, dwelling, housing, apartment building, home, residential building | 住宅 居住建筑 住宅建筑 公寓
        officebuilding: office building, office, workplace | 办公 办公楼 办公建筑
        assembly: theatre, cinema, auditorium, hall, assembly, audience, spectator, stadium | 剧院 电影院 观众厅 礼堂 体育馆 会堂
        shopbuilding: shop, mall, store, retail, shopping centre, supermarket, sales floor | 商店 商场 营业厅 商业 超市
        hotelbuilding: hotel, guest room, hostel | 旅馆 酒店 客房 宾馆
        warehouse: warehouse, storage, storeroom, store, depot | 仓库 库房 储存 贮存 仓储
        factory: factory, workshop, industrial, plant, production building | 厂房 工厂 车间 工业
        garage: garage, parking, car park, parking space | 车库 停车场 停车 车位 汽车库
        basement: basement, underground, cellar, below ground, subterranean | 地下 地下室 半地下室
        highrise: high-rise, tall building, tower, high rise, skyscraper | 高层 超高层 高层建筑
        roof: roof, rooftop, attic, terrace | 屋顶 屋面 天台
        wall: wall, facade, external wall, cladding, insulation | 墙 外墙 墙体 保温 幕墙
        window: window, glazing, pane | 窗 窗户 外窗
        floorlevel: storey, floor, level | 层 楼层 楼
        room: room, space, chamber | 房间 室
        electric: electric, electrical, cable, wire, wiring, power supply, socket, circuit | 电气 电缆 电线 配电 供电 插座 电源
        gas: gas, boiler, burner, fuel | 燃气 锅炉 煤气
        water: water, drain, drainage, pipe, plumbing, sewage | 水 排水 给水 管道
        accessible: accessible, accessibility, disabled, disability, wheelchair, barrier-free | 无障碍 残疾人 残障 轮椅
        noise: noise, sound, acoustic, decibel, quiet, db, loud, decibels | 噪声 声 隔声 分贝 噪音
        load: load, bearing, weight, structural, live load | 荷载 承重 负荷 载荷
        inspect: inspect, inspection, maintain, maintenance, check, test, examine, service | 检查 维护 检测 检验 保养 巡查 巡检
        train: training, drill, instruct, staff training | 培训 演练 训练
        occupant: occupant, occupancy, people, person, occupants, capacity | 人数 人员 人 使用人数
        penalty: penalty, fine, punish, sanction, violation, infringement | 罚款 处罚 违反 罚则 违法
        permit: permit, approval, approve, authorise, authorize, licence, authority | 许可 批准 审批 审查 主管部门
        responsible: responsible, duty, obligation, in charge, owner, operator, liability | 负责 责任 义务 责任人
        document: document, documentation, record, register, file, plan, drawing, keep records | 文件 记录 资料 档案 图纸
        vehicleaccess: fire engine, fire truck, access road, fire lane, fire brigade | 消防车 消防车道 救援 登高
        risk: risk, hazard, danger, dangerous, hazardous, flammable, explosive, explosion | 危险 风险 易燃 爆炸 危险品 防爆
        minimum: minimum, at least, least, not less, lowest, smallest, no less, narrowest, shortest | 最小 最低 至少 不应小于
         不小于 不少于 最少 不应少于 不得小于 最窄
        maximum: maximum, at most, most, not more, not exceed, exceed, largest, longest, no more, highest, limit | 最大
         最多 最长 不应大于 不大于 不超过 不应超过 不得超过 上限 最高
        required: must, shall, required, requirement, mandatory, obligatory, compulsory, need, necessary, provide,
         have to | 必须 应 要求 应当 需要 强制 设置 应设置 规定 需
        forbidden: forbidden, prohibited, prohibit, not allowed, ban, banned, must not, shall not, not permitted, not
         be | 禁止 不得 严禁 不应 不允许 不准
        allowed: allowed, permitted, permissible, may be, can be | 允许 可以 可 准许 许可
        apply: apply, scope, applicable, cover, application | 适用 范围 适用于 适用范围
        define: mean, definition, define, term, called | 定义 术语 是指 指 含义
        frequencyrule: how often, every year, annually, monthly, interval, once a, yearly, periodic | 每年 每月 周期 定期
         多久一次 每季度
        time: time, minute, hour, second, duration | 时间 分钟 小时 时
        number: how many, number, count, quantity | 多少 几个 数量 个数 几
        temperature: temperature, degree, celsius, heat, hot, warm | 温度 度 热 摄氏度
        data: data, personal data, information, privacy | 数据 信息 个人信息 隐私
        """
}
