// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// Money, dates, numbers, computers and things.
    static let things = """
        money: pay for, money, cost, price, spend, afford, euro, dollar, pound~, yuan, yen, franc, rupee, buck, cash, sum,
         fund, expense, pay~, bill~, fee, charge, how much did, how much does, worth, rmb, usd, eur, gbp, expensive,
         amount~, deposit, financial, finances, quid, expensive, cab fare, fare, rate, pricey, cheap, cash, finances,
         spend, cough up, shell out, invest, investment, grant, fee, tuition, ticket price, per night, per month,
         invoice | 钱 元 块 块钱 费用 价格 多少钱 花 花费 人民币 美元 欧元 价钱 贵 资金 英镑 日元 开销 支出 押金 定金 费 花多少钱 多少钱一个月 房钱 多少块 学费 票价 房价 造价 成本 投资 块一 一个月多少
        budget < money: budget, spending limit, allowance, ceiling, at our disposal, available to spend, spend at
         most, money do we have, money available, funds, allocated, limit, cap, spending, afford, can spend, may
         spend | 预算 经费 拨款 预算是 上限 能花 可以花 花多少
        price < money: price, cost, paid, how much was, bought for, worth, how much did, set me back | 价格 多少钱 买的 价钱 花了
        savings < money: money aside, money away, put by, saving, save, saved, put aside, set aside, nest egg, fund, piggy bank, saving up, put away,
         stash | 存款 存 储蓄 积蓄 攒 攒钱 存钱
        debt < money: owe, debt, loan, borrow, lend, lent, borrowed | 欠 债 借 贷款
        bank: bank, iban, account number, bank account, credit card, bank with, savings account, current account | 银行
         账户 银行卡 信用卡 卡号 账号 开户行 哪家银行 存折
        tip: tax, vat, tax id, tax number | 税 税号 纳税
        buy: buy, bought, purchase, order, ordered, get myself, acquire, acquired, got from, pick up from, purchased,
         shopping for, pay for, get from the shop, groceries, shopping list | 买 购买 购 订 下单 入手 采购 要买 买什么 购物
        sell: sell, sold, sale | 卖 出售
        date: date, day, calendar, when, date is, appointed day, calendar | 日期 日子 哪天 几号 什么时候 何时 哪一天 号 几月 哪日 哪一日 何日
         什么日子
        weekday = < date: monday, tuesday, wednesday, thursday, friday, saturday, sunday, weekend, day of the week,
         weekday | 星期一 星期二 星期三 星期四 星期五 星期六 星期日 星期天 周一 周二 周三 周四 周五 周六 周日 周末 星期几 周几 礼拜 礼拜天 每周一 每周二 每周三 每周四 每周五 每周六 每周日 每个周末 下周 上周 本周 这周
        month = < date: january, february, march~, april, june, july, august, september, october, november, december,
         month, which month | 一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月 月 月份 几月 下个月 上个月 月底 月初
        spring < date: spring, march~, april | 春天 春季 三月 四月
        summer < date: summer, june, july, august | 夏天 夏季 六月 七月 八月 暑假
        autumn < date: autumn, fall~, september, october, november | 秋天 秋季 九月 十月
        winter < date: winter, december, january, february | 冬天 冬季 十二月 一月 寒假
        relativeday < date: today, tomorrow, yesterday, tonight, next week, last week, next month, next year, last
         year, this week, fortnight | 今天 明天 后天 昨天 前天 今晚 明年 去年 大后天 明晚
        year < date: year, what year | 年 哪年 哪一年 年份
        timeofday: time, hour, clock, o'clock, noon, midnight, a.m., p.m., morning, evening, afternoon,
         half past, quarter to, quarter past, in the evening, in the morning | 点 时间 几点 点钟 中午 半夜 上午 下午 早上 晚上 点半 凌晨 时候
         傍晚 几时 什么时辰 钟头 大清早 夜里
        duration: how long, duration, hour, minute, last~, long | 多久 多长时间 小时 分钟 时长
        frequency: how often, often, twice, once, every, per week, times a, weekly, daily, monthly, each week | 多久一次
         几次 每周 每天 次 经常 每月 一次 两次
        event: event, party, celebrate, celebration, ceremony, festival, gathering, reception, occasion, fair,
         opening, bash, reunion, housewarming, baby shower, ball, do~, celebrating, takes place, take place, held,
         happen, happening | 活动 聚会 庆祝 派对 典礼 晚会 开幕 聚餐 举行 举办 开 办 年会 聚
        wedding < event: wedding, marry, married, get married, tie the knot, tied the knot, marriage, bride, groom,
         nuptials, wedding anniversary, anniversary, wed, got hitched, say yes, getting hitched, big day, marries,
         wedding day, matrimony, exchange vows, husband and wife | 婚礼 结婚 成婚 办婚礼 领证 嫁 娶 结婚日 大喜 成家 结为夫妻
        anniversary < event: anniversary, wedding anniversary, years together, years married | 纪念日 周年 结婚纪念日
        christmas < event: christmas, easter, new year, thanksgiving, halloween, spring festival | 圣诞 春节 过年 中秋 国庆 元旦
         端午
        concert < event: concert, gig, show~, festival, performance, recital, opera, theatre, theater, play at | 音乐会
         演唱会 演出 表演 歌剧 话剧
        gift: gift, present, surprise, give for, wish list, birthday wish, get for, give to, buy for, wants for,
         would be happy about | 礼物 礼品 送 惊喜 送什么 想要的礼物 送给
        reminder: remind, reminder, todo, to-do, task, have to do, need to, must do, errand, forget~ | 提醒 待办 要做 别忘 记得
         任务
        password: password, code, pin, passcode, passphrase, secret, combination, access code, key code, door code,
         unlock, get in, pass code, pass code, secret word, log-in code, sign-in, gain access, four-digit, digits,
         unlock code, entry code, get into | 密码 口令 验证码 暗号 密钥 开门码 代码 门禁 进门码 解锁 密码锁 进去
        wifi: wifi, wi-fi, wireless, internet, network, router, ssid, broadband, online, hotspot, connect, get
         online, go online, wireless network, wlan | 无线网 网络 路由器 上网 宽带 无线 wifi 热点 连网 联网
        door: door, front door, gate, entrance | 门 大门 前门 门禁 入口
        key: key, keys, keyring | 钥匙
        lock: locker, safe, lock, padlock, vault | 柜子 保险箱 保险柜 锁 储物柜
        number: number, id, no., reference, reference number, ticket, serial, identification, digit, figure,
         membership, identifier, code number | 号码 编号 数字 单号 工号 证号 学号 序号 第几号 号是
        id < number: id card, id number, passport number, identity card, identity number, employee number, staff
         number, badge, customer number, student number, member number, membership number, booking reference, order
         number, case number, invoice number, social security number, employee id, passport no, id no, customer id,
         personnel number, staff id, booking code, confirmation number, confirmation code, tracking number, policy
         number, account no, insurance number, library card, patient number | 身份证 身份证号 护照号 工号 学号 订单号 会员号 编号 员工号 预订号
         快递单号 保单号 准考证号 学生证号 病历号
        lucky: lucky, luck, favourite number, favorite number, lucky number | 幸运 幸运数字 吉利
        computer #: computer, laptop, pc, macbook, notebook~, desktop, machine, thinkpad, imac, chromebook,
         workstation, tablet~, ipad, server, machine, device, work on, hardware, type on, operating | 电脑 笔记本 计算机
         笔记本电脑 台式机 平板 服务器 设备 用什么电脑 本子
        phonedevice #: smartphone, iphone, android, phone, mobile, cellphone, handset, pixel, galaxy~, huawei,
         xiaomi, handset, telephone, device | 手机 苹果手机 华为 小米 机子 用什么手机
        os: operating system, linux, windows, macos, ubuntu, debian, fedora, os | 操作系统 系统
        software: software, app, editor, tool, program, browser, use to write, vim, emacs, vscode, programme,
         package, tool, note-taking, photoshop, excel, notion, app for | 软件 应用 工具 编辑器 浏览器 工具软件 用什么软件
        database: database, postgresql, postgres, mysql, sqlite, redis, mongodb, oracle | 数据库
        website: website, site~, blog, homepage, url, web page, domain, link | 网站 博客 主页 网址 域名 链接
        camera #: camera, lens, nikon, canon, leica, fujifilm, take pictures, photograph | 相机 照相机 镜头 单反
        watch #: watch, wristwatch, smartwatch | 手表
        bag: bag, backpack, suitcase, luggage, rucksack, handbag, baggage | 包 背包 行李 箱子 行李箱 书包
        brand: brand, make of, make, model, manufacturer, maker, which make | 品牌 牌子 型号 厂家
        colour: colour, color, shade, hue, painted, colours, tint, tone | 颜色 色 什么色 什么颜色 色调 颜色是
        colourname = < colour: red, blue, green, yellow, purple, orange, black, white, grey, gray, pink, brown,
         turquoise, violet, silver, gold~, beige, teal, navy, crimson, maroon, lilac, indigo | 红色 蓝色 绿色 黄色 紫色 橙色 黑色
         白色 灰色 粉色 棕色 银色 金色 红 蓝 绿 黄 紫 黑 白 灰 粉红 深蓝 浅蓝 粉红色 米色
        material: material, wood, wooden, steel, glass, brick, concrete, leather, cotton, plastic, made of, made out
         of, fabric, stone | 材料 木 钢 玻璃 砖 混凝土 皮 棉 做的 材质 木头
        battery: electricity, power, heating, energy, bill~, solar, meter | 电 供暖 电费 暖气 太阳能
        weather: weather, sunny, rain, snow, warm, cold~, hot~, climate, temperature, degree, forecast | 天气 晴 雨 雪 气候
         温度 度 天气预报
        quantity: how many, number of, count, how much, amount, total | 多少 几个 几只 数量 总共 有几
        distance: distance, far, how far, kilometre, kilometer, km, mile, close, away | 距离 多远 公里 离 千米 远
        lost: lose, lost, misplace, missing, mislaid, lost, leave behind, left behind, misplaced, dropped, forgot on,
         gone missing | 丢 丢失 丢了 找不到 遗失 落 落在 遗落 忘在 弄丢
        hide: hide, keep, kept, stored, store, put, hidden, leave~, lie, left~, keep it, stash, conceal, put away,
         located, store~, find my, is in the, kept in, drawer | 放 藏 放在 存放 收 留 搁 在哪里放 收在 存在 在什么地方 放哪 搁在 抽屉
        steal: steal, stolen, theft, thief, robbed, burgled | 偷 被偷 失窃
        break: break, broken, repair, fix, out of order, broke down, defective, does not work, faulty, damaged, mend,
         kaputt | 坏 修 修理 故障 坏了 维修 损坏
        charger: charger, cable, adapter, power bank, usb | 充电器 数据线 充电宝
        printer: printer, scanner, toner, monitor, keyboard, mouse, headphones, earbuds, screen | 打印机 显示器 键盘 鼠标 耳机 屏幕
        cloud: cloud, backup, hard disk, drive~, folder, repository, repo, branch, file | 备份 硬盘 文件夹 仓库 文件
        ship: boat, ship, sailboat, canoe, yacht | 船 帆船
        collectible: collect, collection, collector, stamps, coins, records | 收藏 收集 集邮
        jewellery: ring, necklace, bracelet, earrings, jewellery, jewelry, gold~ | 戒指 项链 手镯 耳环 首饰
        appliance: fridge, freezer, washing machine, dishwasher, oven, stove, heater, boiler, microwave, vacuum
         cleaner, kettle, dryer, air conditioner, toaster | 冰箱 洗衣机 洗碗机 烤箱 微波炉 空调 热水器 电饭锅 吸尘器
        warranty: warranty, guarantee, receipt, refund, return | 保修 质保 发票 退货
        subscription: subscription, subscribe, membership, cancel, plan | 订阅 会员 套餐 取消
        newspaper: newspaper, magazine, paper, podcast, radio, news, channel | 报纸 杂志 播客 电台 新闻 频道
        spoon: recipe, ingredient, secret ingredient | 配料 秘方
        toy: toy, doll, teddy, teddy bear, lego, playground, stuffed animal, plush | 玩具 娃娃 积木 毛绒玩具
        lamp: light bulb, candle, lamp, lantern | 灯泡 蜡烛
        tree: tree, oak, birch, pine, apple tree, cherry tree, maple | 树 橡树 松树 银杏
        perfume: perfume, scent, smell, cologne, fragrance, aroma | 香水 气味 味道 香味
        tool: hammer, drill, screwdriver, ladder, saw, toolbox, tools | 锤子 电钻 螺丝刀 梯子 工具箱
        mood: happy, sad, stressed, tired, worried, proud, excited, lonely, feel, feeling, mood, upset, bored | 开心 难过
         压力 累 担心 骄傲 兴奋 心情 感觉 高兴
        achievement: win, won, prize, award, medal, trophy, record, first place, championship, achieve, personal best
         | 获奖 奖 奖牌 冠军 第一名 得奖 赢
        goalnumber: steps, goal, target, kilometres a week, per week | 目标 步 步数
        election: election, council, mayor | 选举 市长
        crime: police, report, fine, ticket | 警察 罚单
        invoice: invoice, bill, receipt, statement~ | 发票 账单 收据
        docs: documentation, docs, document, manual, handbook, write-up, report, specification, spec, minutes, wiki |
         文档 手册 说明书 报告 纪要 文件
        testing: test, staging, qa, sandbox, trial, beta, production | 测试 预发布 试用
        logo: logo, branding, emblem, banner, poster, flyer | 标志 商标 海报
        flight: flight, plane, flight number, airline, connection | 航班 班机 飞机
        """
}
