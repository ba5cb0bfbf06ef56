// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// Work, study, projects, meetings.
    static let work = """
        job: job, work, occupation, profession, career, employed, for a living, trade, do for work, position,
         role, employment, vocation, earn my living, line of work, freelance, self-employed, retired, unemployed, day
         job, post, run a, run my own, own a business, boss of, earn a living, make a living, day job, paid to do, do
         professionally, profession, bread and butter, shift, shifts, night shift | 工作 职业 上班 做什么的 职位 岗位 行业 从事 干什么的 退休
         自由职业 干哪行 当 任职 失业 谋生 职务 干活 从业 做哪行 靠什么 谋生 行当 上夜班 倒班
        profession = < job: nurse, engineer, programmer, developer, designer, chef, cook~, baker, waiter, waitress,
         journalist, writer, author, editor, musician~, artist, painter, actor, actress, photographer, pilot, driver,
         farmer, fisherman, carpenter, librarian, scientist, researcher, biologist, chemist, physicist,
         mathematician, translator, interpreter, banker, economist, analyst, consultant, salesman, cashier, clerk,
         receptionist, police officer, policeman, firefighter, soldier, judge, pharmacist, midwife, paramedic,
         gardener, builder, welder, butcher, tailor, florist, barista, bartender, social worker, project manager,
         product manager, civil servant, entrepreneur, founder, student~, teacher, lawyer, doctor, dentist, vet,
         accountant, architect, electrician, plumber, mechanic, hairdresser, geologist, astronomer, surveyor,
         beekeeper, optician, locksmith, roofer, mason, sailor, captain~, priest, politician, therapist, professor,
         blacksmith, cobbler, potter, watchmaker, shoemaker, miner, conductor, composer, sculptor, dancer, singer,
         comedian, detective, astronaut, bricklayer, glazier, jeweller, laboratory assistant, technician, operator,
         secretary, assistant, manager, director, lecturer, curator, diplomat, ambassador, data scientist, nanny,
         flight attendant, steward, postman, courier, guard, referee, umpire | 护士 工程师 程序员 设计师 厨师 面包师 服务员 记者 作家 编辑 音乐家
         艺术家 画家 演员 摄影师 飞行员 司机 农民 渔民 木匠 科学家 研究员 翻译 银行家 分析师 顾问 销售 收银员 店员 警察 消防员 军人 法官 药剂师 公务员 创业者 教师 老师 律师 医生 牙医 会计 建筑师
         电工 产品经理 项目经理 快递员 导游 保安 工人 学生 教授 空姐 主播 裁缝 园丁 铁匠 鞋匠 矿工 作曲家 舞蹈家 歌手 宇航员 技术员 秘书 经理 主任 外交官 空乘 邮递员 裁判 法官 校长 药师 兽医
         美发师 家庭主妇 店长 策展人
        employer #: employer, employ, work~, company, firm, employed by, employed at, work for, work at, corporation,
         workplace, organisation, organization, business, startup, agency, place of work, business,
         own a, run a, shop owner, organisation, outfit, workplace, place of employment, join, joined, business,
         agency | 公司 单位 哪家单位 设计院 研究院 雇主 企业 就职 在哪上班 供职 工作单位 哪家公司 集团 厂 东家 老东家 机构 事务所
        office: office, workplace, headquarters, desk, hq, cubicle, branch | 办公室 写字楼 总部 工位 分公司
        department: department, team, division, unit, section | 部门 科室 团队 组 处室
        salary < money: salary, wage, pay, earn, income, paid, paycheck, make a year, make a month, compensation,
         pension, wages, take-home pay, paid per, make per month, bring home, gross, net | 工资 薪水 收入 月薪 年薪 薪资 挣 赚 退休金
         薪酬 年收入 到手 税后
        start: start, begin, began, commence, kick off, launch, open~, started, since, first day, join~, takes up,
         begins, starting date, first working day, opening hours, opens | 开始 开工 启动 入职 起 加入 动工 开幕 何时开始 几号开始 开学 开业 开门
         从什么时候
        end: end, finish, over~, complete, ends, expire, run out, expiry, expiration, valid until, terminate, stop,
         last day, finished, ready, done~, wrap up, until, up to, ending, last until, go on until, closes, close | 结束
         到期 完成 截止 过期 有效期 完工 竣工 止 失效 何时结束 什么时候到期 有效期到 到何时 关门 几点结束
        deadline < end: be done, get done, get it done, deadline, due, due date, submit, hand in, deliver, delivery, latest, turn in, by when, no later
         than, submission, cut-off, hand over, expected by, ship, must be finished, needs to be finished, has to be
         finished, cutoff, by the end of, finish by, final date, last date, target date, expected, promised, return
         by, owed by, time limit, launch, go live, release, ship date, publish, complete, completion,
         finished~, done by, must be done, be ready by | 必须完成 完成~ 截止 截止日期 期限
         最后期限 交付 提交 交 最晚 之前 交货 到期 上线 什么时候交 完工 做完 赶完 上线日期 发布 最迟 最后一天 何时交 完成日期 交货期
        project: the work, project, initiative, undertaking, assignment, programme, venture, working on, code name, codename,
         job~, build, contract, campaign, product, app, system | 项目 工程 课题 任务 代号 方案 工程 产品 活儿 标书
        meeting: meeting, appointment, meet, see~, call~, conference, interview, session, get together, catch up,
         catch-up, rendezvous, scheduled, visit~, check-up, checkup, consultation, examination~, stand-up, standup,
         review, workshop, sync, date with, congress, summit, symposium, convention, trade fair, expo, hearing,
         audition, slot, rendez-vous, see the, consult, visit~, due at, due to see, slot, session, catch up with,
         arranged, hang out, rendezvous, talk to | 会议 开会 见面 预约 约 面试 约会 碰面 会面 复查 体检 例会 见 看 周会 评审 碰头 见到 会见 谈 拜访 探望 门诊
         看病 挂号 复诊 就诊
        interview < meeting: interview, job interview | 面试 面谈
        presentation < meeting: presentation, talk~, speech, lecture, present~, demo, pitch, keynote, slides, slide,
         slide deck, deck | 演讲 报告 演示 讲座 汇报 发言
        colleaguecount: employees, staff, headcount, workforce, team of, people work, how many people, team size | 员工
         人数 职工 多少人 几个人
        boardroom < room: meeting room, conference room, boardroom, venue | 会议室
        contract: contract, agreement, lease, signed, sign, tenancy, signed, notice period, fixed-term, permanent |
         合同 协议 签约 签 合同期 试用期 签约
        study: study, student, major, degree, course, enrolled, bachelor, bachelor's, master's, phd, doctorate,
         thesis, dissertation, studying, graduate~, read~, subject, field of study, learn, master's degree,
         undergraduate, faculty, majored, majoring, specialise, specialize, attend, lesson, take lessons, degree
         programme, evening class, field, discipline, curriculum, module, semester, college course, educate,
         education, trained as, apprenticeship, training, pick up | 学习 专业 读 学 学位 硕士 博士 本科 论文 学的 主修 研究生 大学生 攻读 学什么 修
         上课 课 学过 在读 念 念的 系 课程 学业 学历 自学 培训 进修 上学 念书 攻读
        field = < study: physics, chemistry, biology, mathematics, maths, math, history, law, medicine, economics,
         philosophy, psychology, linguistics, computer science, engineering, architecture, literature, sociology,
         geography, geology, astronomy, statistics, journalism, nursing | 物理 化学 生物 数学 历史 法律 法学 医学 经济 经济学 哲学 心理学 语言学
         计算机 文学 建筑学 会计学 金融 新闻学 土木工程 英语专业
        school #: school, primary school, secondary school, high school, kindergarten, nursery, elementary school,
         grade~, class~, pupil, daycare, preschool, attends, goes to school, in grade, year group, form, classmate,
         class, grade, year at school | 学校 小学 中学 高中 初中 幼儿园 年级 上学 班级 念书 学堂 学前班 念几年级 在哪上学 上几年级
        university # < school, study: university, college, uni, alma mater, campus, institute, graduated from, graduate
         from, studied at, studied in, studied~, study at, degree from, attend, attended, went to college | 大学 学院 高校 母校 毕业于 毕业 哪所大学
        graduate < study: graduate, graduation, graduated, finish university, finish school, leave school | 毕业 毕业典礼
        exam: exam, test, examination, quiz, final, ielts, toefl, certificate, finals | 考试 测验 期末 高考 雅思 托福 考 证书 考研
        grade: grade, mark, score, result, gpa | 成绩 分数 得分 分
        language: language, speak, fluent, mother tongue, native speaker, bilingual, tongue, native language, spoken,
         speaker, languages, mother tongue, tongues, converse, conversational, dialect, studying, grew up speaking,
         linguistic, foreign language | 语言 会说 讲 说 母语 外语 语 流利 双语 方言 家乡话 说什么话 第二外语 讲什么 会讲 口语
        languagename = < language: english, german, french, italian, spanish, portuguese, chinese, mandarin,
         cantonese, japanese, korean, arabic, russian, dutch, swedish, norwegian, danish, finnish, polish, turkish,
         greek, hindi, czech, hungarian, romanian, ukrainian, latin, hebrew, vietnamese, thai, swahili, catalan,
         welsh | 英语 德语 法语 意大利语 西班牙语 葡萄牙语 中文 汉语 普通话 粤语 日语 韩语 阿拉伯语 俄语 荷兰语 拉丁语 英文 日文 上海话 四川话 方言
        programming: programming language, code in, program in, coding, programming, software, framework, coding
         language, tech stack, python, rust, swift~, java, javascript, typescript, golang, c++, kotlin, haskell,
         ruby, php | 编程 编程语言 代码 写代码 程序 技术栈 开发语言
        experience: experience, years of experience, been working, have worked, for how long, how long
         have | 经验 工龄 多久了 干了 做了
        skill: skill, good at, talent, strength, strong at, can do well, excel | 擅长 技能 特长 拿手 强项
        qualification: qualification, certificate, certified, licensed, diploma | 资格 资格证 证书 持证
        thesis < study: thesis, dissertation, paper, topic, research, title, write about, writing about | 论文 题目 研究 课题
         论文题目
        responsible: responsible, in charge, take care, takes care, look after, handle, organise, organize, arrange,
         take on, lead, run, coordinate, oversee, duty, assigned | 负责 管 主管 安排 组织 牵头 对接
        lesson: lesson, teach, class~, course, instruct, tuition, practice, coaching | 课 上课 教 辅导 补习 培训
        booth: booth, stand, stall, exhibition stand | 展位 摊位 展台
        own: own, possess, belong, have~, owner, proprietor | 拥有 有
        slides < presentation: slides, slide, powerpoint, deck | 幻灯片 课件
        business #: business, bakery, shop, café, cafe, restaurant, salon, store, firm, company, startup, practice,
         studio, boutique, workshop, pub, hotel, online shop, own company, own a, run a, runs a, owns a | 店 生意 公司 开了一家 开了家 开店 经营 做生意 铺子 店铺 面包店 咖啡店 餐馆 工作室
        founded: found, founded, set up, establish, established, started my | 创办 成立 创立 创业
        """
}
