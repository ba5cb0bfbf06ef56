// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// What people do with and for each other, and the nouns of it: who supplies, designs, stands in, visits.
    static let relations = """
        client: commission, commissioned, ordered, hire us, hired us, pays us, on behalf of | 委托 发包
        supplier: supply, supplied, supplies, provide, provided, provides, deliver~, delivers~, come from~ | 供应 供货 提供
        architect: designer, design, designed, drew up, draw up the plans, drew the plans, planner~ | 设计的 设计
        assistant: stand in, stands in, standing in, substitute, replacement, replaces me, cover for, covers for, covers,
         fill in for, fills in for, deputise, deputize, right-hand, takes over from me, my place when | 代理 替我 顶替 代班
        construct: contractor, builder, construction, construct, build, built, building work, building works, erect, erected, put up,
         groundbreaking | 施工 建造 盖 修建 兴建
        capacity: load, lift, capacity, carry, bear, hold up to, seat~, hold~, weight limit, maximum weight, fits,
         payload, space for, room for | 载重 承重 容纳 容量 坐得下
        visitor: visit, visits, visiting, visited, come over, comes over, coming over, come to stay, coming to stay, stay
         with us, staying with us, drop by, drops by, drop in, come round, coming round, come to see, comes to see,
         coming to see, call on, inspector~, expecting, guest, comes every | 来访 来看 来做客 做客 来家里 来住 探望
        supporter: help, helps, helped, support~, assist, aid, lend a hand | 帮 帮忙 帮助
        departure < travel: depart, departs, departing, departure, set off, sets off, leaves~, leave~, take off, takes
         off, set out, pull out | 出发 起飞 发车 开车时间 动身 启程
        arrival < travel: be coming, will come, comes on, arrive, arrives, arriving, arrival, land~, lands, landing, get in, gets in, touch down, touches
         down, reach~, due in, get there, pull in, be there, come back, back home, return~ | 到达 抵达 落地 到站 降落 几点到
        firstmeeting: met, meet~, got to know, get to know, know each other, knew each other, first met, become
         acquainted, been introduced, introduced, acquaintance, run into | 认识 相识 结识 初次见面 怎么认识
        repay < debt: owe, owes, owed, give back, gives back, pay back, pays back, repay, return~, in debt, lent, lend,
         borrowed | 欠 还钱 归还 还给 借给 借了
        religion: religion, religious, faith, church, christian, muslim, jewish, buddhist, catholic, protestant, hindu,
         sikh, atheist, agnostic, pray, worship, mosque, temple, synagogue, creed, believe~, denomination, baptist,
         orthodox, lutheran, quaker | 宗教 信仰 佛教 基督教 天主教 伊斯兰教 信佛 教堂 无神论
        politics: politics, political, party~, vote, elect, green party, conservative, labour party, liberal, democrat,
         republican, socialist, left-wing, right-wing, social democrats | 政治 党 党员 投票
        member: member, membership, belong, belong to, club, association, society, union, join~, joined~, part of,
         signed up, registered with, enrolled in, choir, band~, committee, volunteer~ | 会员 成员 协会 社团 加入 俱乐部 参加了
        stolen: stolen, steal, taken from, took from, robbed, burgled, theft, thief, mugged | 被偷 失窃
        caretaker: look after, looks after, looking after, take care of, takes care of, taking care of, water, waters,
         feed, feeds, mind~, minds~, babysit, walk the dog, tend, tends, keep an eye on, care for, cares for, nurse~ |
         照顾 照看 照料 看管 带孩子 浇花 喂
        volunteer: volunteer, volunteering, charity, unpaid, help out, helping out, good cause, donate, donation, ngo,
         soup kitchen, food bank | 志愿者 义工 公益 捐 捐款 志愿
        teachsubject < lesson: teach, teaches, taught, teaching, instruct, give lessons | 教 任教 带班 执教
        share: share, shares, shared, split, together with, live with, living with, flatmate, roommate, housemate,
         under one roof | 合租 同住 合住
        hours: working hours, shift, shifts, night shift, early shift, late shift, part-time, part time, full-time, full
         time, hours a week, office hours, flexitime, work from, nine to five, day shift, schedule, working week, days a
         week, rota | 上班时间 夜班 早班 晚班 倒班 兼职 全职 工时 作息 班次
        remote < hours: home office, from home, remotely, remote, telework, hybrid~ | 远程 居家办公 在家办公
        openinghours: open, opens, opening hours, opening times, business hours, closed on, close~, closes~, accepted,
         hours | 营业时间 开门 营业 关门 几点开门 几点关门
        rest: day off, days off, off work, free day, off on, rest day, not working, not work | 休息 不上班 轮休 放假 休
        expire < end: expire, expires, expired, expiry, valid, validity, run out, runs out, good until, use by | 到期 过期
         有效期 失效
        renew: renew, renewal, extend, extension, prolong | 续 续签 续期 延期
        certificate < qualification: certificate, licence, license, diploma, accredited, certified, passed, pass~ | 证书 持证
        hometown < origin: hometown, home town, native, grew up, grow up, childhood home, raised in, birthplace | 老家 家乡
         故乡 长大 籍贯
        formerhome: used to live, lived before, moved from, moved here from, moved out of, previous home,
         previously lived, earlier home, before that | 以前住 搬来 原来住 从前住 之前住
        formerjob: used to work, former job, previous job, previously, before that, earlier career,
         ex-employer, last job, old job | 以前做 以前在 原来做 之前做 前单位
        retire: retire, retired, retirement, retiring, pension, pensioner, stop working | 退休 退休后
        hire: hire, hired, recruit, recruited, new colleague, joined us, employ~ | 招聘 录用 招
        quit: quit, resign, resigned, notice~, dismissed, fired, laid off, leave my job, left my job | 辞职 离职 辞
        promote: promoted, promotion, raise~, become head | 升职 提拔 晋升
        win < achievement: win, won, winner, champion, prize, medal, award, first place, trophy | 赢 夺冠 获奖 冠军 得奖
        lose2: lost against, beaten, defeat | 输给
        fall: fell, fall off, fallen | 摔 跌
        cookfor < cook: cook, cooks, cooked, make for dinner, speciality, specialty, signature dish, best dish, can cook |
         拿手菜 会做 烧 煮
        wear: wear, wears, wearing, wore, dressed, put on, outfit, clothes size, jacket size, shirt size, dress size,
         trouser size, collar size | 穿 戴 穿多大 穿几码
        distancework: far from, away from, distance, kilometres from, miles from, minutes from, minutes on foot, how far |
         距离 多远
        travelcompanion: come along, comes along, travel with, go with, going with, accompany, accompanies, together with,
         joining, comes with | 一起去 陪 同行 跟谁 和谁 结伴
        celebrate < event: celebrate, celebrates, celebrating, party, throw a party, birthday party | 庆祝 
        repairer: repair, repairs, repaired, fix, fixes, fixed, mend, mends, service~, serviced | 修 修理 维修 修好
        maker: make~, makes~, made by, built by, produced by, manufacture, manufacturer, brand, invented, created by,
         wrote, written by, composed by, painted by, author~ | 生产 制造 品牌 写的 发明
        cause: because, reason, why, due to~, on account of, cause | 因为 原因 为什么 由于
        plan: plan, plans, planning, intend, going to, want to, hope to, would like, thinking of, aim to, consider,
         considering, about to | 打算 计划 准备 考虑 打算去
        resolution < plan: resolution, give up, stop~, quit~ | 戒 戒掉
        learn < study: learn, learns, learning, taking lessons, take lessons, lessons, course, class~, classes, practise,
         practising, practicing, picking up, teach myself, beginner | 学 学习 上课 课 在学 练 报班
        subject < study: subject, major, degree, field, discipline, faculty, studied, study, studies, read~, course, took
         at university, take at university | 专业 学的 学什么 主修 科目 读的
        dosage < medicine: dose, dosage, mg, milligram, pill, pills, tablet, tablets, drops, per day, a day~ | 剂量 片 毫克
        therapy: therapy, treatment, physiotherapy, rehab, rehabilitation, massage, counselling, acupuncture | 治疗 理疗 康复
         针灸 按摩 推拿
        vaccination: vaccination, vaccinated, vaccine, jab, immunised, immunized, booster, shot~ | 疫苗 接种 打疫苗
        glasses < eye: glasses, spectacles, contact lenses, dioptre, optician, prescription~, eyes checked, eye test |
         眼镜 度数 隐形眼镜
        hearing: hearing aid, deaf, hard of hearing, ear | 助听器 耳朵 听力
        sleepaid: earplugs, sleep without, need to sleep, fall asleep | 助眠 耳塞
        noise: noise, noisy, loud, quiet, silence | 吵 噪音 安静
        temperature: temperature, degrees, celsius, heat, cold, warm, thermostat | 温度 度 摄氏度
        width: width, wide, breadth, broad, across | 宽度 多宽
        length: length, long~, how long is, metres long | 长度 多长
        depth: depth, deep, depth of | 深度 多深
        height: metres high, how high | 高度 多高
        speed: speed, fast, km/h, mph, bandwidth, mbit | 速度 多快 时速 带宽
        volume: litres, volume, holds, tank | 容积
        total: total, altogether, overall, in all, so far, up to now, until now, sum | 一共 总共 总计 到目前为止 迄今
        spent < money: spent, spend, cost, costs, paid, pay, expenses, expenditure, set us back, used up | 花了 花费 支出 用了
        version: version, release, edition | 版本
        backupdevice < cloud: backup, backups, back up, backed up, copies, stored on, saved on | 备份 存在
        browser < software: browser, firefox, chrome, safari, edge~, surf~ | 浏览器 火狐 谷歌浏览器
        editor < software: editor, ide, vim, emacs, vscode, neovim, xcode, intellij, write code with, code editor | 编辑器
        provider: provider, carrier, operator~, contract with, tariff, network operator, telecom, electricity from, gas
         from | 运营商 移动 联通 电信 套餐
        ring: call me, phone me, ring me, ring me up, give me a call, give me a ring | 打电话 打给我 打我电话
        pernight < hotel: per night, a night, overnight | 一晚 每晚 住一晚 一夜
        delay: late, behind schedule, behind, delayed, delay, overdue, ahead of schedule, ahead, on time, on schedule | 延误 落后
         拖延 晚点 延期 进度
        headgear < clothing: helmet, hard hat, hat, cap, hood, beanie | 帽子 安全帽 头盔
        carpentry < profession: carpenter, joiner, cabinetmaker, woodworker | 木匠 木工
        shopkeeper: salesperson, salesman, shop assistant, cashier, sales clerk, vendor~ | 售货员 店员 营业员 收银员
        police < profession: police officer, policeman, policewoman, cop, constable, detective, sheriff | 警察 民警 警官
        medic: physician, doctor, medic, gp, surgeon | 医生 大夫
        programmer < profession: programmer, developer, coder, software engineer | 程序员 码农 软件工程师 开发
        writer: writer, author, novelist, poet, whose books | 作家 作者 小说家
        drawings: drawing, drawings, plan~, plans~, blueprint, sketch | 图纸 图 平面图 蓝图
        pupil: pupil, pupils, student, students, schoolchild, children, kids, learners | 学生 学员 孩子们 小朋友们
        crowd: people, persons, visitors, guests, heads, attendees, spectators | 人数 多少人 几个人 人次
        leave2: away, absent, out of office, on leave, on holiday, off sick, sick leave | 请假 不在 休假中 外出
        advise: advise, advises, advice, adviser, advisor, consultant, consult, counsel | 顾问 咨询 建议
        write: write, writes, written, take the minutes, takes the minutes, take notes, note down, record~ | 写 记录
        register: register, sign in, sign up, check in, report~, enrol, enroll | 登记 签到 报到 注册 报名
        cast: pour, cast, concreting, pouring | 浇筑 浇
        cabletype: grade~, class~, rating, category, level~ | 级别 等级 甲级 乙级 丙级 几级 类别
        inspect: inspect, inspection, audit, check~, checks~, examine, survey, walk-through | 检查 视察 检验 验收 督查 巡查 抽查
        lastdigits: last digits, last four digits, ends with, ending in, ends in | 尾号 最后四位 后四位 末四位 最后几位
        seafarer < profession: sailor, seaman, seafarer, mariner, navy, ship's | 海员 船员 水手 海军
        military < profession: army, soldier, navy, military, served, serve, air force, troops, conscript, barracks | 军人 当兵 部队 参军 服役
        yearofstudy: year of study, semester, first year, second year, third year, final year, freshman, sophomore | 几年级 大几 学期
         一年级 二年级 三年级 四年级 大一 大二 大三 大四
        hobbyfan: follow, fan of, supporter of, watch~ | 球迷 粉丝
        like: admire, admires, look up to, appreciate | 崇拜 敬佩 欣赏
        idol: idol, role model, hero, heroine, inspire | 偶像 榜样
        pub: pub, bar, inn, beer garden, tavern | 酒吧 酒馆
        beer < alcohol: beer, lager, ale, bitter, stout, pint, ipa, pilsner, porter~ | 啤酒 精酿
        wine < alcohol: wine, red wine, white wine, riesling, merlot, rioja, prosecco, chianti, bordeaux | 葡萄酒 红酒 白葡萄酒
        spirits < alcohol: whisky, whiskey, gin, vodka, rum, brandy, tequila | 白酒 威士忌 伏特加
        shed < place: shed, garage, cellar, basement, attic, loft, storeroom | 储藏室 地下室 车库 阁楼 仓库
        haircolour < hair: hair, curly, straight hair, ginger, blond | 发色 卷发
        everywhere < commute: get around, getting around, move about, everywhere, go everywhere, travel around | 出行 代步
        elder: elder, eldest, older, oldest, firstborn, first-born | 大的 老大 大儿子 大女儿 长子 长女
        younger: younger, youngest, little one | 小的 老二 小儿子 小女儿 次子
        court: court, hearing, trial, lawsuit, sue, judge~ | 开庭 出庭 庭审 打官司 法院 法庭
        dancename = < hobbyname: tango, salsa, waltz, ballet, flamenco, swing, hip-hop dance, samba, bachata, dance, dancing | 舞 跳舞 探戈
         华尔兹 芭蕾 拉丁舞 街舞 广场舞
        social: instagram, twitter, facebook, tiktok, linkedin, mastodon, handle, social media, wechat, whatsapp, telegram |
         微信 微博 抖音 小红书 社交 QQ
        storey < floor: storey, storeys, stories~, floors, levels, storied | 层 层楼 楼层
        deskplace < office: desk, seat~, cubicle, workstation, sit at work, room number, office number | 工位 座位 办公室
        bin: rubbish, garbage, trash, bin day, recycling, waste collection | 垃圾 收垃圾
        plantkind = < flower: cactus, fern, basil, orchid, tomato, ficus, bonsai, monstera, succulent, palm | 仙人掌 多肉 绿萝 兰花
         吊兰
        insect = < animal: bee, ant, wasp, spider, beetle, butterfly, mosquito, moth, fly~ | 蜜蜂 蚂蚁 蜘蛛 蚊子 蟑螂 虫子
        reptile = < animal: snake, lizard, tortoise, turtle, gecko, crocodile, iguana | 蛇 蜥蜴 乌龟 壁虎
        bird = < animal: parrot, budgie, canary, owl, eagle, hen, duck, goose, pigeon, crow, cockatiel | 鹦鹉 鸽子 鸡 鸭 麻雀
        gradelevel < school: grade, year~, class~, first grade, second grade, third grade, form~, reception, sixth form |
         年级 几年级 一年级 二年级 三年级 四年级 五年级 六年级 初一 初二 初三 高一 高二 高三 大一 大二 大三 大四 研一 研二 小班 中班 大班
        classcount: classes, class~ | 班 个班 几个班 带班
        """
}
