// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// Likes, pets, hobbies, sport, music and books.
    static let leisure = """
        like *: like, love, enjoy, prefer, favourite, favorite, fond, preference, adore, keen, fan, crazy about,
         into, best~, rather, go for, choose, prize, treasure, would choose, taste, appeal, liking, delight, partial
         to, passion, passionate, happiest, mad about, can't get enough, cannot get enough, pleasure, most of all,
         prefers, like best, like most, favour, favor, prefers, choice, would rather, hooked on, addicted, obsessed,
         devoted, feel about, think of, think about, opinion | 喜欢 爱 最爱 偏好 喜爱 爱好 热爱 最喜欢 钟爱 更喜欢 宁愿 偏爱 迷 感兴趣 爱吃 爱喝 爱看 爱听
         倾向 中意 爱喝 爱听 爱玩 爱穿 常喝 常吃 最喜 心爱 着迷
        favourite < like: favourite, favorite, best~, most, preferred, number one | 最喜欢 最爱 最
        dislike *: dislike, hate, detest, loathe, cannot stand, can not stand, cannot bear, can not bear, not like,
         not a fan, not fond, despise, abhor, put off, not enjoy, annoy, irritate, pet peeve, get on my nerves,
         disgust, disgusting, can not abide, least favourite, least favorite, repel, allergic~, unpleasant, drive me
         mad, drives me mad, wind up, winds up, cannot abide, repulsive, gross, yuck, off-putting, nuisance, sick of,
         fed up with, bother, hate most, grumpy, mad, feel about, think of, think about, opinion | 不喜欢 讨厌 不爱 厌恶 受不了
         反感 最讨厌 不想 烦 嫌 恨 难吃 难听 头疼的 不吃 不喝 不能忍 忍受不了 看不惯
        want: want, would like, wish, plan, intend, looking for, look for, planning, need | 想 想要 打算 计划 准备 要 找 需要
        hobby *: hobby, pastime, free time, spare time, leisure, weekends, for fun, relax, interest, unwind, in my
         free time, after work, activity, amuse, collect, collection, when not working, outside work, do for fun,
         recreation, off duty, spare hours, sunday afternoons, saturdays, evenings, unwind, chill, wind down, switch
         off, do with my free time, pass the time, enthusiast, amateur, hobbyist | 爱好 兴趣 业余 闲暇 空闲 休闲 业余时间 消遣 收集 下班后
         周末 空闲时间 有空 没事 消遣 喜欢做 休息时 休息日 下了班
        hobbyname = < hobby: hiking, painting, knitting, gardening, photography, reading, cooking, baking, dancing,
         singing, fishing, camping, chess, gaming, video game, drawing, pottery, sewing, woodworking, birdwatching,
         bird watching, stamp, coin, climbing, sailing, origami, calligraphy, astronomy, crochet, beekeeping,
         juggling, board game, puzzle, crossword, sudoku, model train, yoga, travelling, writing poetry, poetry,
         bouldering, ceramics, embroidery, geocaching, skating | 徒步 画画 编织 园艺 摄影 阅读 烹饪 烘焙 跳舞 唱歌 钓鱼 露营 下棋 象棋 围棋 游戏 书法
         陶艺 集邮 爬山 登山 打牌 麻将 看书 绘画 打游戏 刺绣 攀岩 旅行 写诗 剪纸
        sport * < hobby: sport, athletic, play, match, competition, game, race, tournament, exercise~, league,
         athlete | 运动 体育 比赛 打球 锻炼 踢 竞赛 联赛 打
        sportname = < sport: football, soccer, tennis, basketball, volleyball, swimming, swim, running, marathon,
         cycling, skiing, ski, snowboard, judo, karate, boxing, rowing, golf, hockey, rugby, cricket, badminton,
         table tennis, ping-pong, handball, fencing, climbing, surfing, surf, riding, yoga, gymnastics, athletics,
         triathlon, skating, baseball, squash, archery, taekwondo, kung fu, tai chi, diving, sailing, kayak, baduk,
         aikido, padel | 足球 网球 篮球 排球 游泳 跑步 马拉松 滑雪 柔道 拳击 高尔夫 羽毛球 乒乓球 击剑 冲浪 骑马 体操 滑冰 棒球 太极 太极拳 跆拳道 潜水 骑行 武术
        team: team, club, support, supporter, fan, root for, cheer, side, football club, squad, favourite club, side,
         cheer for, barrack for, season ticket | 球队 队 支持 球迷 俱乐部 加油 哪个队 主队 喜欢的球队 俱乐部
        music *: music, listen, song, band, album, genre, tune, singer, artist~, track, composer, musical, musician,
         pop star, listen to, concert, tune into, earphones, playlist, singer-songwriter, vinyl, lyrics | 音乐 听 歌 乐队
         专辑 歌手 曲 歌曲 听歌 作曲家 曲子 耳机 爱听 单曲 歌星 听什么
        genre = < music: jazz, rock~, pop~, classical, hip-hop, rap, country music, metal, folk~, techno, opera,
         reggae, punk, indie, bach, mozart, beethoven, beatles, queen~, k-pop, baroque, soul~ | 爵士 摇滚 流行 古典 说唱 民谣 嘻哈
         古典音乐 京剧 爵士乐 周杰伦 肖邦 巴赫
        instrument < music, hobby: instrument, play~, musical instrument, orchestra, practise, practice, learn to
         play, musical, practise, plucked, band member | 乐器 弹 演奏 拉 吹 练琴 弹奏 会弹 会拉 弹什么 学琴 会什么乐器
        instrumentname = < instrument: piano, guitar, violin, cello, flute, drum, drums, trumpet, saxophone,
         clarinet, harp, bass, viola, oboe, ukulele, accordion, trombone, organ, banjo, harmonica, recorder,
         keyboard, bassoon, mandolin | 钢琴 吉他 小提琴 大提琴 长笛 鼓 小号 萨克斯 二胡 古筝 笛子 琵琶 口琴 尤克里里 手风琴 竖琴
        book *: book, novel, read, author, writer, literature, reading, story, paperback, bookworm, poem,
         page-turner, poet, bedtime reading, read at the moment, currently reading, page turner, crime novel,
         thriller, science fiction, biography, fantasy, mystery, detective story, memoir, bestseller, comic, manga,
         magazine, newspaper | 书 小说 看书 读书 作者 作家 文学 阅读 读 本书 名著 科幻小说 推理小说 漫画 杂志 传记 武侠 在读 武侠小说 报纸
        film *: film, movie, cinema, director, watch~, actor, actress, flick, picture, on screen, hollywood, motion
         picture, blockbuster, thriller, comedy, watch over and over, western, documentary, trilogy | 电影 影片 导演 看电影 演员
         片子 片 大片 喜剧片 动作片 科幻片
        tv *: series, tv, television, tv show, show, netflix, sitcom, programme, soap, watch, binge, watching at the
         moment, drama, anime, cartoon | 电视剧 电视 剧 追剧 节目 综艺 看什么剧 动漫 动画 韩剧 追 美剧
        game * < hobby: game, video game, board game, chess, play, console, playstation, xbox, nintendo, gaming,
         videogame, gamer, poker, card game, scrabble, zelda, minecraft, mahjong, bridge~, puzzle | 游戏 玩 打游戏 棋 麻将 扑克
         桌游 手游 王者荣耀 原神 玩什么
        art: art, paint, painter, painting, museum, gallery, exhibition | 艺术 画 博物馆 美术馆 画家 展览
        pet @: pet, animal companion, furry friend, four-legged, companion animal, keep at home, companion, furry,
         four-legged friend, animal at home | 宠物 小动物 养 毛孩子 养了 养的 养的什么 小家伙 动物
        animal: animal, creature, wildlife | 动物
        dog @ < pet, animal: dog, puppy, hound, poodle, labrador, terrier, golden retriever, retriever, dachshund,
         german shepherd, beagle, corgi, husky, spaniel, collie, pup, bulldog, canine | 狗 小狗 狗狗 犬 金毛 柯基 泰迪 哈士奇 拉布拉多
         柴犬 边牧
        cat @ < pet, animal: cat, kitten, kitty, siamese, feline, tabby, persian~, tomcat, ragdoll | 猫 猫咪 小猫 橘猫 布偶猫 英短
        otherpet @ = < pet, animal: hamster, rabbit, parrot, goldfish, guinea pig, tortoise, turtle, budgie, canary,
         snake, lizard, ferret, bunny, gerbil, gecko, chinchilla, cockatiel, chicken, hen, duck, goat, sheep, cow,
         pig, goose, rat, mouse, fish, pony, bees, hive | 仓鼠 兔子 鹦鹉 金鱼 乌龟 蛇 蜥蜴 小鸟 龙猫 荷兰猪 鸡 鸭 羊 牛 猪
        horse @ < animal: horse, pony, mare, stallion, foal | 马 小马
        wildanimal = < animal: elephant, tiger, lion, bear, wolf, fox, whale, dolphin, penguin, owl, eagle, giraffe,
         panda, otter, octopus, spider, bee, butterfly, shark, monkey, deer, hedgehog, bird | 大象 老虎 狮子 熊 狼 狐狸 鲸 海豚 企鹅
         猫头鹰 熊猫 蜘蛛 蜜蜂 蝴蝶 鲨鱼 猴子 鹿 鸟
        breed: breed, kind of dog, kind of cat, race~, poodle, labrador, terrier, golden retriever, retriever,
         dachshund, german shepherd, beagle, corgi, husky, spaniel, siamese, persian, bulldog, maine coon, tabby | 品种
         金毛 柯基 泰迪 哈士奇 拉布拉多 橘猫 布偶猫 柴犬 种
        flower =: flower, plant, rose, tulip, lily, orchid, bouquet, bloom, sunflower, daisy, peony, dahlia, lavender
         | 花 玫瑰 郁金香 百合 兰花 植物 牡丹 向日葵 菊花 茉莉
        season: season, spring, summer, autumn, winter, time of year | 季节 春天 夏天 秋天 冬天 春季 夏季 秋季 冬季
        vote: political, party~, vote | 投票
        volunteer: volunteer, charity, voluntary work, donate, donation, help out, soup kitchen, food bank, unpaid |
         志愿者 义工 志愿 公益 捐 做义工 做公益 帮忙
        seating: aisle, window seat, seat, sit, aisle seat | 靠窗 靠走道 座位 过道 坐
        unit: unit, metric, imperial, celsius, fahrenheit, units of measurement, measure | 单位 公制 英制 摄氏 华氏
        answering: answer~, style, short answer, brief, concise, bullet point, tone, formal | 回答 简短 简洁 风格 语气
        insect < animal: insect, bee, butterfly, ant, beetle, spider, moth, bug | 昆虫 蜜蜂 蝴蝶 蚂蚁 虫
        reptile < animal: reptile, snake, lizard, turtle, tortoise, gecko | 爬行动物 蛇 乌龟
        birdpet < animal: bird, parrot, canary, budgie, cockatiel, chicken, duck, goose, pigeon | 鸟 鹦鹉 鸽子
        """
}
