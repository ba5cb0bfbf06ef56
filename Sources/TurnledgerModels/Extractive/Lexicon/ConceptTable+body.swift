// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// Food, drink, health and the body.
    static let body = """
        eat: eat, eating, food, meal, dish, consume, diet, cuisine, snack, swallow, nibble, foodstuff, catering,
         menu, buffet, feed, eaten, feed on, grub, nosh, starter, main course, appetite, hungry, snack on | 吃 食物 饭 菜
         饮食 食品 东西吃 美食 用餐 吃东西 餐 吃的 吃什么 爱吃 菜系 口味 小吃 点菜
        avoid: allergic, allergy, intolerant, intolerance, avoid, stay away from, off limits, off-limits, forbidden,
         must not, cannot eat, keep away, bad for me, react badly, reaction, make me ill, makes me ill, make me sick,
         not allowed to eat, restriction, dietary, gluten-free, lactose, steer clear, give up, celiac, coeliac,
         abstain, anaphylaxis, cannot have, can not have, keep off, not tolerate, do not tolerate, poison, dangerous
         for me, refuse, not allowed, taboo, no longer eat, skip~, cut out, watch out | 过敏 忌口 不能吃 忌 不耐受 禁忌 不吃 避免 戒
         不能碰 过敏原 不可以吃 碰不得 吃不了 喝不了 不可以碰 过敏的 戒了 少吃
        allergy < avoid: allergic, allergy, intolerant, intolerance, allergen, anaphylaxis, hay fever, epipen, react
         badly, reaction, hives, swell up, sneeze, rash, react to | 过敏 过敏原 不耐受 起疹子 荨麻疹 花粉
        diet < avoid, eat: vegetarian, vegan, pescatarian, kosher, halal, diet, keto, dietary, gluten-free,
         meat-free, don't eat, eating habit, meat, eat meat | 素食 吃素 素食者 清真 纯素 饮食习惯 忌口 不吃 肉 吃肉
        food = < eat: peanut, nut, bread, pizza, pasta, rice, noodle, cheese, chocolate, cake, dumpling, sushi,
         curry, egg, potato, salad, sandwich, honey, yoghurt, yogurt, butter, tofu, mushroom, olive, garlic, onion,
         cilantro, coriander, spinach, broccoli, lasagna, lasagne, risotto, ramen, taco, burger, soup, stew, pancake,
         porridge, ice cream, sesame, soy, gluten, wheat, sugar, spice, spicy, sweet, dessert, biscuit, cookie,
         vegetable, aubergine, eggplant, carrot, cabbage, bean, lentil, pepper, celery, beetroot, liver, paella,
         tiramisu, croissant, jam, sausage | 花生 坚果 面包 披萨 米饭 面条 奶酪 巧克力 蛋糕 饺子 寿司 咖喱 鸡蛋 土豆 沙拉 火锅 豆腐 蘑菇 大蒜 洋葱 香菜 菠菜 冰淇淋 辣
         甜 甜食 甜点 饼干 蔬菜 茄子 胡萝卜 面 米线 包子 粥 烤鸭 麻辣烫 零食 汤 榴莲 芝麻 麻婆豆腐 红烧肉 糖 青椒 芹菜 苦瓜 辣椒
        meat = < food: meat, beef, pork, lamb, chicken, bacon, ham, steak, turkey~, duck, veal, mutton | 肉 牛肉 猪肉 羊肉
         鸡肉 鸡 火腿 牛排 鸭
        herb = < food: herb, basil, parsley, coriander, cilantro, mint, thyme, rosemary, dill, sage, oregano, chive,
         seasoning | 香料 香菜 薄荷
        seafood = < food: seafood, fish, shrimp, prawn, crab, lobster, oyster, shellfish, salmon, tuna, squid,
         mussel, clam | 海鲜 鱼 虾 螃蟹 龙虾 生蚝 贝类 三文鱼 鱿鱼 蟹
        fruit = < food: fruit, apple, banana, strawberry, orange, mango, kiwi, pear, peach, cherry, grape, pineapple,
         lemon, melon, raspberry, blueberry, berry, plum, fig, papaya, apricot | 水果 苹果 香蕉 草莓 橙子 芒果 猕猴桃 梨 桃子 樱桃 葡萄 菠萝
         柠檬 西瓜 荔枝 榴莲 橘子
        breakfast < eat: breakfast, morning meal, in the morning eat | 早餐 早饭 早上吃
        lunch < eat: lunch, midday meal, noon meal | 午餐 午饭 中饭
        dinner < eat: dinner, supper, evening meal | 晚餐 晚饭
        cook: cook, cooking, recipe, bake, baking, kitchen~, prepare, grill, roast | 做饭 烹饪 烧菜 做菜 菜谱 烘焙 下厨 拿手菜
        drink: drink, drinking, beverage, sip, order at a bar, thirst, thirsty, tipple, drinks, beverages, hot drink,
         order at the bar, cup of, glass of, pint, brew | 喝 饮料 饮品 喝的 渴 喝什么 饮 杯 冲 泡
        beverage = < drink: tea, coffee, espresso, cappuccino, latte, juice, milk, water, lemonade, cola, soda,
         cocoa, smoothie, kombucha, mate~, matcha | 茶 咖啡 果汁 牛奶 水 可乐 汽水 奶茶 绿茶 红茶 豆浆 拿铁 柠檬水 白开水 乌龙茶 普洱 龙井
        coffee = < beverage: coffee, espresso, cappuccino, latte, americano, flat white, macchiato, caffeine~ | 咖啡 拿铁 美式
         卡布奇诺 浓缩
        tea = < beverage: tea, green tea, black tea, herbal tea, matcha, oolong, earl grey, chamomile | 茶 绿茶 红茶 乌龙茶 普洱 龙井
         奶茶 花茶 茶叶
        alcohol = < drink: alcohol, wine, beer, whisky, whiskey, vodka, gin, rum, cocktail, champagne, cider, sake,
         liquor, booze, teetotal, lager | 酒 红酒 啤酒 白酒 威士忌 香槟 鸡尾酒 喝酒 酒精 黄酒 葡萄酒
        taste: sugar, milk in, sweetener, how do i take my, spicy, mild, no sugar, black~ | 加糖 口味 辣 甜 清淡 咸 酸 无糖 少糖
        smoke: smoke, smoker, cigarette, tobacco, vape, quit smoking, give up smoking, quit, cigar, pipe~ | 抽烟 吸烟 烟
         香烟 戒烟 戒了烟 抽
        illness: illness, ill, sick, disease, condition, diagnosed, suffer, asthma, diabetes, diabetic, migraine,
         cold~, flu, cancer, hypertension, blood pressure, health problem, arthritis, epilepsy, depression, insomnia,
         health, medical condition, chronic, ailment, back pain, pain, wrong with, anaemia, anemia, hurt, disorder,
         trouble with, headache, cough, fever, sore throat, dizzy, nausea, rash, infection, virus, eczema, stomach
         ache, symptom, unwell, pulse, heart rate, heartbeat, toothache, tinnitus, gout, hernia, thyroid,
         cholesterol, anxiety, ailment, suffer from, diagnosis, health issue, health trouble, complaint, trouble,
         condition, pain in, aching, sore, stiff, coeliac, celiac, glaucoma, psoriasis, sciatica, reflux, ulcer,
         apnoea, apnea, colour-blind, colour blind, deaf, hearing | 病 生病 疾病 哮喘 糖尿病 偏头痛 感冒 高血压 癌症 健康 毛病 慢性病 失眠 关节炎 头痛
         患 身体 疼 痛 不舒服 头疼 血压 贫血 抑郁 咳嗽 发烧 过敏性鼻炎 鼻炎 胃病 胃炎 头晕 心率 脉搏 痛风 胆固醇 甲状腺 得了 毛病 腰疼 胃疼 颈椎病 胃 心脏病 近视 色盲 湿疹 心脏 肝 肾 哪里不舒服
        injury < illness: injury, injured, broke my, broken, sprain, fracture, twisted, accident, hurt, wounded,
         torn, tore, cast, plaster, bruise, wrist, ankle, knee, hurt myself, fell off, fall, shoulder | 受伤 骨折 扭伤 伤 摔
         断 弄伤 崴 受了伤 脚踝 膝盖 手腕 摔伤
        medicine: medicine, medication, pill, tablet, drug, prescription, dose, antibiotic, insulin, aspirin,
         ibuprofen, vitamin, inhaler, prescribed, remedy, penicillin, paracetamol, metformin, treatment, take every,
         swallow, medicines, tablets, statin, ramipril, drops, ointment, cream, blood thinner, painkiller, thyroxine,
         ventolin, antihistamine, on medication | 药 吃药 药物 药片 处方 剂量 抗生素 胰岛素 维生素 服用 阿司匹林 青霉素 服药 吃什么药 降压药 药膏 滴眼液 二甲双胍 中药
         布洛芬 打针
        operation: operation, surgery, operate, procedure, transplant | 手术 开刀 动手术
        hospital: hospital, clinic, ward, a&e, practice, infirmary | 医院 诊所 病房 门诊
        pregnancy: pregnant, expecting, expecting a baby, due in, pregnancy, maternity, due, due | 怀孕 预产期 孕 孕期
        sleep: sleep, bed, bedtime, go to bed, asleep, nap, turn in, lights out, hit the sack, hit the hay, go to
         sleep, night's rest, in bed, retire for the night, lights, fall asleep | 睡 睡觉 上床 入睡 午睡 熄灯 就寝 几点睡 休息 就寝
        wake: wake, wake up, get up, getting up, got up, alarm, rise, out of bed, alarm clock, start my day, awake,
         out of bed, early bird, morning alarm, rise, get out of bed | 起床 醒 闹钟 早起 起来 醒来 几点起 起身 早起
        exercise < sport: exercise, gym, workout, work out, fitness, jog, run, jogging, running, yoga, pilates, keep
         fit, stay fit, stay in shape, keep in shape, physically active, get fit, stay active, sports club, physical
         activity, working out, keep healthy, squats, spinning, crossfit, walks, walk, stroll, training session, work
         out regularly | 锻炼 健身 跑步 瑜伽 运动 健身房 保持身材 晨跑 普拉提 健身卡 散步 走路 快走 跳操 撸铁
        insurance: insurance, insured, policy, insurer, cover~, insurer, insured with, health fund, coverage, insure,
         insures, covers me | 保险 医保 保单 投保 投保公司 保险公司 社保
        """
}
