// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// Work, study, projects, meetings.
    static let work = """
        job: job, work, occupation, profession, career, employed, living, for a living, trade, do for work, position, role, employment, vocation, earn my living, line of work, freelance, self-employed, retired, unemployed, day job, post | 工作 职业 上班 做什么的 职位 岗位 行业 从事 干什么的 退休 自由职业 干哪行 当 任职 失业 谋生 职务
        profession < job: nurse, engineer, programmer, developer, designer, chef, cook~, baker, waiter, waitress, journalist, writer, author, editor, musician~, artist, painter, actor, actress, photographer, pilot, driver, farmer, fisherman, carpenter, librarian, scientist, researcher, biologist, chemist, physicist, mathematician, translator, interpreter, banker, economist, analyst, consultant, salesman, cashier, clerk, receptionist, police officer, policeman, firefighter, soldier, judge, pharmacist, midwife, paramedic, gardener, builder, welder, butcher, tailor, florist, barista, bartender, social worker, project manager, product manager, civil servant, entrepreneur, founder, student~, teacher, lawyer, doctor, dentist, vet, accountant, architect, electrician, plumber, mechanic, hairdresser, geologist, astronomer, surveyor, beekeeper, optician, locksmith, roofer, mason, sailor, captain~, priest, politician, therapist, professor | 护士 工程师 程序员 设计师 厨师 面包师 服务员 记者 作家 编辑 音乐家 艺术家 画家 演员 摄影师 飞行员 司机 农民 渔民 木匠 科学家 研究员 翻译 银行家 分析师 顾问 销售 收银员 店员 警察 消防员 军人 法官 药剂师 公务员 创业者 教师 老师 律师 医生 牙医 会计 建筑师 电工 产品经理 项目经理 快递员 导游 保安 工人 学生 教授 空姐 主播 裁缝 园丁
        employer #: employer, company, firm, employed by, employed at, work for, work at, corporation, workplace, organisation, organization, business, startup, agency, place of work, which company | 公司 单位 雇主 企业 就职 在哪上班 供职 工作单位 哪家公司 集团 厂
        office: office, workplace, headquarters, desk, hq, cubicle, branch | 办公室 写字楼 总部 工位 分公司
        department: department, team, division, unit, section | 部门 科室 团队 组 处室
        salary < money: salary, wage, pay, earn, income, paid, paycheck, make a year, make a month, compensation, pension | 工资 薪水 收入 月薪 年薪 薪资 挣 赚 退休金 薪酬
        start: start, begin, began, commence, kick off, launch, open~, started, since, first day, join~ | 开始 开工 启动 入职 起 加入 动工 开幕
        end: end, finish, over~, complete, ends, expire, run out, expiry, expiration, valid until, terminate, stop, last day, finished | 结束 到期 完成 截止 过期 有效期 完工 竣工 止 失效
        deadline: deadline, due, due date, submit, hand in, deliver, delivery, latest, turn in, by when, no later than, submission, cut-off, hand over, expected by, ship | 截止 截止日期 期限 最后期限 交付 提交 交 最晚 之前 交货 到期 上线
        project #: project, initiative, undertaking, assignment, programme, venture, working on, code name, codename | 项目 工程 课题 任务 代号 方案
        meeting: meeting, appointment, meet, see~, call~, conference, interview, session, get together, catch up, catch-up, rendezvous, scheduled, visit~, check-up, checkup, consultation, examination~, stand-up, standup, review, workshop, sync, date with | 会议 开会 见面 预约 约 面试 约会 碰面 会面 复查 体检 例会 见 看 周会 评审 碰头
        interview < meeting: interview, job interview | 面试 面谈
        presentation < meeting: presentation, talk~, speech, lecture, present~, demo, pitch, keynote | 演讲 报告 演示 讲座 汇报 发言
        colleaguecount: employees, staff, headcount, workforce, team of, people work, how many people, team size | 员工 人数 职工 多少人 几个人
        boardroom < room: meeting room, conference room, boardroom, venue | 会议室
        contract: contract, agreement, lease, signed, sign | 合同 协议 签约 签
        study: study, student, major, degree, course, enrolled, bachelor, bachelor's, master's, phd, doctorate, thesis, dissertation, studying, graduate~, read~, subject, field of study, learn, master's degree, undergraduate, faculty, majored, majoring, specialise, specialize | 学习 专业 读 学 学位 硕士 博士 本科 论文 学的 主修 研究生 大学生 攻读 学什么 修
        field < study: physics, chemistry, biology, mathematics, maths, math, history, law, medicine, economics, philosophy, psychology, linguistics, computer science, engineering, architecture, literature, sociology, geography, geology, astronomy, statistics, journalism, nursing | 物理 化学 生物 数学 历史 法律 法学 医学 经济 经济学 哲学 心理学 语言学 计算机 文学 建筑学 会计学 金融 新闻学 土木工程 英语专业
        school #: school, primary school, secondary school, high school, kindergarten, nursery, elementary school, grade~, class~, pupil, daycare, preschool | 学校 小学 中学 高中 初中 幼儿园 年级 上学 班级 念书
        university # < school: university, college, uni, alma mater, campus, institute, graduated from, graduate from, studied at, degree from | 大学 学院 高校 母校 毕业于 毕业 哪所大学
        graduate: graduate, graduation, graduated, finish university, finish school, leave school | 毕业 毕业典礼
        exam: exam, test, examination, quiz, final, ielts, toefl, certificate, finals | 考试 测验 期末 高考 雅思 托福 考 证书 考研
        grade: grade, mark, score, result, gpa | 成绩 分数 得分 分
        language: language, speak, fluent, mother tongue, native speaker, bilingual, tongue, native language, spoken, speaker, languages | 语言 会说 讲 说 母语 外语 语 流利 双语
        languagename < language: english, german, french, italian, spanish, portuguese, chinese, mandarin, cantonese, japanese, korean, arabic, russian, dutch, swedish, norwegian, danish, finnish, polish, turkish, greek, hindi, czech, hungarian, romanian, ukrainian, latin, hebrew, vietnamese, thai, swahili, catalan, welsh | 英语 德语 法语 意大利语 西班牙语 葡萄牙语 中文 汉语 普通话 粤语 日语 韩语 阿拉伯语 俄语 荷兰语 拉丁语 英文 日文 上海话 四川话 方言
        programming: programming language, code in, program in, coding, programming, software, framework, coding language, tech stack, python, rust, swift~, java, javascript, typescript, golang, c++, kotlin, haskell, ruby, php | 编程 编程语言 代码 写代码 程序 技术栈 开发语言
        experience: experience, years of experience, been working, been doing, have worked, for how long, how long have | 经验 工龄 多久了 干了 做了
        skill: skill, good at, talent, strength, strong at, can do well, excel | 擅长 技能 特长 拿手 强项
        qualification: qualification, certificate, certified, licensed, diploma | 资格 资格证 证书 持证
        thesis < study: thesis, dissertation, paper, topic, research, title, write about, writing about | 论文 题目 研究 课题 论文题目
        """
}
