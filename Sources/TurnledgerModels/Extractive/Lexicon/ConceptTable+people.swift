// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// People: who they are to each other, names, origin, looks, character.
    static let people = """
        person: person, people, someone, somebody, man, woman, guy, lady, gentleman, folk | 人 男人 女人 先生 女士 人士
        family < person: family, relative, relation, kin, household | 家人 家庭 亲戚 亲人 家里人
        parent @ < family: parent, folks | 父母 爸妈 爹娘 双亲 家长
        mother @ < parent: mother, mom, mum, mummy, mommy, mama | 母亲 妈妈 妈 娘 老妈
        father @ < parent: father, dad, daddy, papa | 父亲 爸爸 爸 爹 老爸
        sibling @ < family: sibling | 兄弟姐妹 兄弟姊妹 手足
        sister @ < sibling: sister, sis | 姐姐 妹妹 姐妹 姐 妹 姊妹
        brother @ < sibling: brother, bro | 哥哥 弟弟 兄弟 哥 弟
        spouse @ < family: spouse, partner, better half, other half, significant other, married to, fiance, fiancee,
         fiancé, fiancée | 配偶 爱人 另一半 伴侣 对象 未婚夫 未婚妻
        wife @ < spouse: wife | 妻子 老婆 太太 媳妇 夫人
        husband @ < spouse: husband, hubby | 丈夫 老公 先生
        girlfriend @ < spouse: girlfriend | 女朋友 女友
        boyfriend @ < spouse: boyfriend | 男朋友 男友
        child @ < family: child, kid, offspring, baby, toddler, twin, infant | 孩子 小孩 儿女 子女 宝宝 娃 婴儿
         小朋友 双胞胎
        son @ < child: son, boy | 儿子 男孩
        daughter @ < child: daughter, girl | 女儿 女孩 闺女
        grandparent @ < family: grandparent | 祖父母 外祖父母
        grandmother @ < grandparent: grandmother, grandma, granny, nana, gran | 奶奶 祖母 外婆 姥姥 外祖母
        grandfather @ < grandparent: grandfather, grandpa, granddad, grandad | 爷爷 祖父 外公 姥爷 外祖父
        grandchild @ < family: grandchild, grandson, granddaughter, grandkid | 孙子 孙女 外孙 外孙女
        uncle @ < family: uncle | 叔叔 舅舅 伯伯 伯父 姑父 姨父 叔
        aunt @ < family: aunt, auntie, aunty | 阿姨 姑姑 姨妈 舅妈 婶婶 姑妈 姨
        cousin @ < family: cousin | 表哥 表弟 表姐 表妹 堂哥 堂弟 堂姐 堂妹 表兄 堂兄
        nephew @ < family: nephew | 侄子 外甥
        niece @ < family: niece | 侄女 外甥女
        inlaw @ < family: in-law, mother-in-law, father-in-law, sister-in-law, brother-in-law, in law | 岳父 岳母 婆婆 公公
         嫂子 姐夫 妹夫 亲家 女婿 儿媳
        friend @ < person: friend, buddy, mate, pal, bestie, best friend, chum, best mate, closest friend, oldest
         friend, confidant, best buddy | 朋友 好友 闺蜜 哥们 好朋友 挚友 死党 最好的朋友 老友 铁哥们 发小
        neighbour @ < person: neighbour, neighbor, next door, lives upstairs, lives downstairs, next-door, across the
         hall, lives above, lives below, lives opposite, person upstairs, live next door, lives next door, live
         across, live above, live below | 邻居 隔壁 楼上的 对门 楼下 隔壁家 左邻右舍
        roommate @ < person: roommate, flatmate, housemate, share a flat with, live with | 室友 舍友 合租
        colleague @ < person: colleague, coworker, co-worker, workmate, teammate, work with, work alongside, share an
         office, desk neighbour, peer | 同事 同僚 队友 工友 搭档 一起工作 伙伴
        boss @ < person: boss, manager, supervisor, line manager, report to, superior, head of department, team lead,
         team leader, ceo~, director~, head~, chief, lead~, foreman, supervise, supervises, principal, superior, chair, reports to,
         answer to, my manager | 老板 上司 经理 领导 主管 上级 组长 总监 负责人 老大 顶头上司 主任 校长 院长 处长 科长 站长 店长 组长 队长 厂长 局长 部长 行长 会长 社长 班组长 工头 总经理 董事长 直属领导 顶头
        assistant @ < person: assistant, secretary, deputy, aide | 助理 秘书 助手 副手
        client @ < person: client, customer, buyer, account, works for~, buyer, account, commissioned by, patron,
         ordered by | 客户 顾客 甲方 主顾 委托人 买家 金主 客人
        supplier @ < person: supplier, vendor, contractor, provider, subcontractor | 供应商 承包商 乙方 厂商 供货商 施工单位
        landlord @ < person: landlord, landlady, property owner, rent from, rent~ | 房东 业主
        tenant @ < person: tenant, lodger, renter | 租客 租户 房客
        doctor @ < person: doctor, physician, gp, dr, surgeon, specialist, cardiologist, dermatologist, pediatrician,
         paediatrician, oncologist, psychiatrist, consultant~, medic, family doctor, practitioner, ophthalmologist,
         neurologist, orthopaedist, gynaecologist, urologist, healthcare | 医生 大夫 医师 看医生 主治 家庭医生 专科 主治医生
        dentist @ < doctor: dentist, orthodontist, tooth, teeth, dental | 牙医 牙科 牙齿 看牙 牙
        therapist @ < doctor: therapist, physiotherapist, psychologist, counsellor, counselor, physio | 治疗师 心理医生 咨询师
         理疗师
        vet @ < person: vet, veterinarian | 兽医 宠物医生
        teacher @ < person: teacher, tutor, professor, instructor, lecturer, trainer, coach, mentor, educator,
         supervisor, prof, headteacher, form teacher, class teacher, taught by, school teacher, tutor | 老师 教师 教授 导师
         教练 辅导 讲师 班主任 教我 带班 任课 私教 教
        lawyer @ < person: lawyer, attorney, solicitor, barrister, counsel, notary, legal advisor | 律师 法律顾问 公证人
        accountant @ < person: accountant, bookkeeper, auditor, tax adviser, tax advisor | 会计 会计师 审计师 税务师
        architect @ < person: architect | 建筑师 设计师
        babysitter @ < person: babysitter, nanny, childminder, au pair, looks after the kids | 保姆 月嫂 看孩子
        cleaner @ < person: cleaner, cleaning lady, housekeeper, janitor, clean, cleans, cleaning, tidy | 清洁工 保洁 钟点工
         打扫
        hairdresser @ < person: hairdresser, barber, hair stylist, haircut | 理发师 发型师 理发 剪头发
        mechanic @ < person: mechanic, garage | 修车 汽修 修理工
        plumber @ < person: plumber, electrician, handyman, craftsman | 水管工 电工 师傅
        emergency @ < person: emergency contact, in an emergency, ice contact | 紧急联系人 紧急联络人
        guest: guest, visitor, attendee, participant, invitee, come to my, turn up, people are coming, invited,
         invite, people coming, people are coming, how many people | 客人 来宾 宾客 嘉宾 参加者 与会者 邀请
        name: they call me, people call me, friends call me, name, named, call, called, first name, full name, given name,
         go by, goes by, who am i, who i am, i am called, address me, maiden name, christened, title~, christen,
         baptised, named after, goes by the name, how is called, introduce myself, identify, sign as, initials, full
         legal name | 名字 姓名 叫 名叫 叫做 名 称呼 我是谁 全名 取名 大名 名儿 怎么称呼 叫啥 中文名 叫什么名字
        surname < name: surname, last name, family name | 姓 姓氏 贵姓
        nickname < name: nickname, nick, known as, alias, call me, calls me, people call, friends call, everyone calls, for
         short | 叫我 都叫我 喊我 管我叫 网名 笔名 外号 昵称 小名 绰号 英文名字 英语名字 英文名
        birth: born, birth, birthday, birthdate, date of birth, dob, bday, b-day, come into the world, came into the
         world, give birth, birth date, born in, birth year, year of birth | 出生 生日 生于 诞生 出世 出生日期 过生日 哪年生 哪天生 出生年 生辰
         哪年出生 几几年
        age: age, aged, old, year old, years old, how old, turn, turning, old am, birthday turning, in my twenties,
         in my thirties, in my forties, years of age | 岁 年龄 多大 几岁 岁数 年纪 周岁 多大了 岁了 芳龄 几岁了 多少岁 满 虚岁
        height: height, tall, how tall, stature | 身高 多高 个子 个头 高度
        weight: weigh, weight, heavy, how heavy, pound, kilo, kilogram, kg | 体重 多重 公斤 斤 重量 千克
        hair: hair, blond, blonde, brunette, redhead, beard, moustache, bald, haircut, hairstyle, hair colour | 头发 发色
         胡子 金发 长发 短发 发型 头发颜色
        eye: eye, eyesight, glasses, contact lenses, vision, short-sighted, nearsighted, spectacles, optician, eye
         colour, vision, wear glasses, dioptre | 眼睛 视力 近视 眼镜 度数 眼镜 眼 眼睛颜色
        shoe < clothing: shoe, foot, feet, sneaker, boot, footwear, trainers, sandal, slipper, heel, size of my feet
         | 鞋 鞋子 鞋码 脚 运动鞋 靴子 多大脚 穿多大的鞋 皮鞋
        clothing: clothes, clothing, shirt, t-shirt, jacket, dress, trousers, jeans, coat, garment, wear, suit,
         sweater, uniform, hat, outfit, dress code, get dressed, scarf, gloves, socks, tie~, raincoat, costume | 衣服 穿
         衬衫 外套 裙子 裤子 尺码 大衣 毛衣 制服 帽子 西装 上衣 衣 帽 打扮 围巾
        size: size, large~, small~, medium~, xl, dimension, how big, how large, measurement, dimensions, fit, fits,
         ring size, collar, waist | 尺码 大小 尺寸 多大 码 号码 规格 多大码 几码 穿几号 腰围
        gender: gender, sex, male, female, pronoun | 性别 男 女 男性 女性
        character: character, personality, temperament, introvert, extrovert, shy, outgoing, patient~, sort of
         person, temper, describe myself, type of person, trait, quality, strength, weakness, stubborn, punctual,
         impatient | 性格 个性 脾气 内向 外向 害羞 脾气 缺点 优点 什么样的人 急性子 慢性子
        marital: married, single~, divorced, engaged, widowed, marital status, relationship status, marry, unmarried,
         husband, wife, been a husband, been a wife, been married | 结婚 已婚 未婚 单身 离婚 婚姻 婚姻状况 订婚
        origin: origin, come from, from, native, originally, grew up, raised, hometown, home town, birthplace, roots,
         was born in, brought up, childhood~, hail from,
         moved here from, moved over from, immigrated from, emigrated from | 来自 老家 家乡 籍贯 哪里人 出生地 故乡 祖籍 长大 是哪儿人 本地人 哪人
        nationality: nationality, citizen, citizenship, passport, country, national, passport, citizen of, hold a
         passport | 国籍 公民 护照 哪国 哪个国家 国家 什么国籍 哪国人 国人
        nation = < nationality: german, french, italian, spanish, portuguese, british, american, chinese, japanese,
         korean, indian, canadian, mexican, brazilian, dutch, swiss, austrian, polish, swedish, norwegian, danish,
         finnish, greek, turkish, russian, ukrainian, irish, scottish, welsh, australian, egyptian, nigerian, kenyan,
         thai, vietnamese, argentinian, czech, hungarian, romanian, belgian | 中国人 德国人 法国人 美国人 英国人 日本人 韩国人 意大利人 西班牙人
         加拿大人 印度人
        star: star sign, zodiac, horoscope, aries, taurus, gemini, leo, virgo, libra, scorpio, sagittarius,
         capricorn, aquarius, pisces | 星座 属相 生肖 属 白羊座 金牛座 双子座 巨蟹座 狮子座 处女座 天秤座 天蝎座 射手座 摩羯座 水瓶座 双鱼座
        blood: blood, blood type, blood group | 血型 型血 血
        handed: left-handed, right-handed, lefty, left handed, right handed, handedness, write with my,, hand do i write with, hand
         left hand, right hand, dominant hand | 左撇子 惯用手 左手 右手 哪只手 用哪只手
        fear: fear, afraid, scared, phobia, frighten, terrified, terrify, scare, dread, nervous~, panic, phobic,
         arachnophobia, fears, creep me out, freak out, nightmare, frightened, uneasy, frightens, scares, spook,
         height | 害怕 怕 恐惧 恐高 担心 恐惧症 吓 怕什么 最怕 吓人 恐惧症 怕黑 恐高症
        dream: dream, wish, ambition, aspire, aspiration, hope to, want to become, want to be, goal, aim, life goal,
         bucket list, dream of, one day, someday, when i retire, long to, would love to, aspiration, become, i would
         like to become | 梦想 愿望 理想 目标 想成为 希望 将来 有一天 退休后 心愿 梦 一直想
        memory: remember, remind, memorise | 记得 记住
        habit: habit, routine, usually, always, ritual, every day, every morning, each morning, each day, tradition,
         regularly, every sunday, every evening, every night, first thing | 习惯 每天 通常 平时 日常 惯例 每晚 天天 每周末 固定
        email < contact: write to me, write me, email, e-mail, mail address, inbox, mailbox | 邮箱 电子邮件 邮件 电邮 电子邮箱 邮件地址
        phone < contact: phone, telephone, phone number, mobile number, cell number, telephone number, cellphone
         number, call me at, reach me, ring me, contact number, extension, mobile, cell, contact~, dial, hotline,
         hotline number | 电话 手机号 电话号码 手机号码 联系电话 号码 联系方式 座机 分机 分机号 打电话 打给我 手机尾号
        contact: contact, reach, get in touch, get hold of | 联系 联络 找我
        address: address, street, avenue, road, lane, postcode, postal code, zip code, zip, house number, post me,
         write to me, write me, mail me, ship to, deliver to, send parcels, parcel, mailing address, home address, delivery address, street
         name, number and street | 地址 街 路 门牌 住址 邮编 邮政编码 街道 寄到 大街 巷 弄 收货 快递 住哪 收件
        account: account, username, user name, handle, login, nick, screen name, user id, log in, sign in | 账号 用户名 帐号
         登录名 微信号 账户 登录
        twins @ < child: twin, twins, triplets | 双胞胎 龙凤胎
        godparent @ < family: godmother, godfather, godchild, godson, goddaughter | 干妈 干爹 教母 教父
        stepfamily @ < family: stepmother, stepfather, stepson, stepdaughter, stepbrother, stepsister | 继母 继父 继子 继女
        expartner @ < person: ex-wife, ex-husband, ex, former wife, former husband | 前妻 前夫 前任
        coachperson @ < person: coach, trainer, instructor, personal trainer | 教练 私教
        therapistperson @ < person: midwife, nurse~, carer, caregiver | 护工 助产士
        tattoo: tattoo, piercing, ink, scar, birthmark | 纹身 疤 胎记
        motto: values, believe in, motto, slogan, quote | 座右铭 信条 口号
        childhood: childhood, grow up, grew up, when i was little, as a child, youth | 小时候 童年 长大 从小
        lookalike: similar, resemble, twin | 长得像
        """
}
