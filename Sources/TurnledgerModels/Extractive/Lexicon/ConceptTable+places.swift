// Turnledger. SPDX-License-Identifier: Apache-2.0

extension ConceptTable {
    /// Homes, buildings, places, travel and transport.
    static let places = """
        home: live, home, house, flat, apartment, reside, residence, based, dwelling, place~, stay~, settle, condo,
         studio, inhabit, my place, domicile, accommodation, lodging, moved to, settled, hometown~, call
         home, housed, reside in, lives, my street, digs, cottage, villa, bungalow, farmhouse, terraced house,
         townhouse, penthouse, caravan, houseboat | 住 家 房子 公寓 居住 住在 住处 住所 住房 我家 定居 家里 宿舍 生活 生活在 房 房屋 落脚 安家 租住 别墅 老房子 小区
         住哪
        move < home: move, moved, relocate, moving, move house, moving house, emigrate, immigrate | 搬 搬家 搬到 迁 移民 搬去
        rent < money, home: rent, lease, rental | 租金 房租 租 月租 租房 租房子
        mortgage < money: mortgage, home loan | 房贷 按揭 贷款
        floor: floor, storey, story~, level, th floor, upstairs, downstairs, ground floor | 楼 层 楼层 几楼 几层 层楼
        room: room, bedroom, bathroom, kitchen, living room, office room, balcony, garage, cellar, basement, attic,
         garden, suite | 房间 卧室 厨房 客厅 浴室 阳台 车库 地下室 室 花园 院子 客房
        bedroom < room: bedroom, sleeping room | 卧室 睡房
        garden < room: garden, yard, backyard, lawn, allotment, balcony, plant, grow, flower, rose, tomato, vegetable
         patch | 花园 院子 阳台 种 植物 花
        area: area, square metre, square meter, square feet, square foot, sqm, how big, how large, m2, m² | 面积 平方米 平米
         平方 多大
        furniture: furniture, sofa, couch, table~, desk, chair, wardrobe, shelf, bookcase, cupboard, mattress | 家具 沙发
         桌子 椅子 柜子 书架 床垫 书桌
        building: building, tower, skyscraper, block, premises, structure, property, facility, warehouse, factory,
         plant, mall, shop | 建筑 大楼 楼房 建筑物 厂房 仓库 商场 楼宇 大厦 工厂
         这栋楼 那栋楼 这座楼 这幢楼 栋楼 幢楼 座楼 整栋楼
        city: city, town, village, metropolis, municipality, suburb, district, neighbourhood, neighborhood, quarter,
         capital, hometown | 城市 市 镇 村 村子 区 小区 县 哪个城市 城区 镇上
        cityname = < city: london, paris, berlin, madrid, lisbon, rome, vienna, munich, hamburg, zurich, geneva,
         prague, warsaw, dublin, amsterdam, brussels, copenhagen, oslo, stockholm, helsinki, athens, istanbul,
         moscow, kyiv, new york, boston, chicago, seattle, san francisco, los angeles, toronto, vancouver, montreal,
         sydney, melbourne, tokyo, osaka, kyoto, seoul, beijing, shanghai, shenzhen, guangzhou, hangzhou, chengdu,
         hong kong, singapore, bangkok, mumbai, delhi, cairo, nairobi, lagos, barcelona, porto, milan, naples,
         florence, venice, leipzig, cologne, frankfurt, lyon, marseille, edinburgh, glasgow, manchester | 北京 上海 广州 深圳
         杭州 南京 苏州 成都 重庆 武汉 西安 天津 青岛 大连 厦门 长沙 郑州 沈阳 哈尔滨 昆明 宁波 无锡 福州 济南 合肥 香港 台北 澳门 东京 大阪 首尔 巴黎 伦敦 柏林 纽约 新加坡 贵阳 南宁 海口
         三亚 拉萨 兰州 太原 南昌 石家庄 珠海 东莞 佛山 桂林 丽江 大理
        country: country, nation, state, abroad, land~, foreign | 国家 国 国外 哪国
        countryname = < country: germany, france, italy, spain, portugal, england, britain, uk, scotland, ireland,
         america, usa, china, japan, korea, india, canada, mexico, brazil, netherlands, switzerland, austria, poland,
         sweden, norway, denmark, finland, greece, turkey, russia, ukraine, australia, egypt, nigeria, kenya,
         thailand, vietnam, argentina, chile, peru, morocco, iceland, croatia, hungary, romania, belgium, new
         zealand, south africa, indonesia, malaysia, philippines, cuba, israel, iran, nepal, colombia,
         ghana, ethiopia, senegal, cameroon, tanzania, uganda, rwanda, algeria, tunisia, libya, sudan, angola,
         mozambique, zambia, zimbabwe, namibia, botswana, madagascar, mali, ivory coast, eritrea, somalia, afghanistan,
         pakistan, bangladesh, sri lanka, myanmar, cambodia, laos, mongolia, kazakhstan, uzbekistan, georgia, armenia,
         azerbaijan, iraq, syria, lebanon, saudi arabia, qatar, kuwait, oman, yemen, emirates, taiwan, serbia,
         bosnia, albania, bulgaria, slovakia, slovenia, lithuania, latvia, estonia, belarus, moldova, luxembourg,
         malta, cyprus, ecuador, bolivia, paraguay, uruguay, venezuela, panama, costa rica, guatemala, honduras,
         nicaragua, jamaica, haiti, dominican republic, fiji, samoa, wales | 中国 德国 法国 意大利
         西班牙 葡萄牙 英国 美国 日本 韩国 印度 加拿大 墨西哥 巴西 荷兰 瑞士 奥地利 瑞典 挪威 丹麦 芬兰 希腊 土耳其 俄罗斯 澳大利亚 泰国 越南 新西兰 埃及 冰岛 马来西亚 云南 四川 广东 浙江 江苏
         湖南 湖北 山东 河南 河北 山西 陕西 福建 海南 新疆 西藏 内蒙古 辽宁 吉林 黑龙江 安徽 江西 贵州 甘肃 台湾 东北
        place: place, location, spot, where, venue, site, whereabouts, located, address~ | 地方 地点 位置 哪里 哪儿 位于 场地 在哪
        landscape: sea, beach, mountain, lake, river, coast, island, forest, ocean, countryside, seaside | 海 海边 山 湖 河
         岛 森林 沙滩 乡下 大海
        travel: travel, trip, journey, fly, flight, visit, tour, voyage, go~, leave~, depart, departure, itinerary,
         excursion, plane, airport, heading to, booked, went to, been to, destination, set off, train to, airline,
         landing, arrive, arrival, overseas, head for, heading for, off to, route, journey, sail, set out, take off,
         takes off, land~, spend a week, spent, backpacking, road trip, city break, touring, ticket, visited,
         departing, leaving for, fly out, travelled | 旅行 旅游 出差 航班 飞 机票 出发 去 飞机 机场 行程 到达 目的地 出国 坐飞机 动身 启程 去过 旅程 抵达 去玩
         出游 自驾 自驾游 旅行去 游玩 起飞 登机 玩
        holiday < travel: holiday, vacation, getaway, time off, leave from work, annual leave, day off, days off,
         break~, cruise, honeymoon, summer holiday, winter holiday, off work, long weekend, leave~, retreat, camping
         trip | 假期 休假 度假 放假 年假 蜜月 假 放假 度假去 休年假 旅游
        hotel: hotel, hostel, airbnb, check in, check-in, inn, resort, booking, reservation, overnight, guesthouse |
         酒店 宾馆 旅馆 民宿 预订 入住 住宿
        vehicle #: vehicle, wheels, my ride, get around in, means of transport | 车 车子 座驾 代步 代步车 交通工具
        car # < vehicle: car, drive, driven, automobile, auto, truck, van, suv, lorry, pickup, motor, behind the wheel, van, minivan, camper, hatchback, estate, convertible, sedan, saloon |
         车 汽车 开车 轿车 车子 座驾 小车 开什么车 货车 开的 座驾 车型 代步 代步车 面包车 越野车
        carmake = < car, brand: volvo, toyota, honda, ford, bmw, audi, mercedes, volkswagen, vw, tesla, skoda, seat~,
         renault, peugeot, citroen, fiat, mazda, nissan, hyundai, kia, subaru, porsche, opel, mini~, jeep, dacia,
         lexus, golf~, suzuki, ferrari, byd | 大众 丰田 本田 宝马 奥迪 奔驰 特斯拉 比亚迪 福特 沃尔沃 日产 别克 蔚来 理想汽车 小鹏 吉利 五菱
        bike # < vehicle: bike, bicycle, cycle, motorbike, motorcycle, scooter, moped, e-bike, cycling | 自行车 单车 骑车
         摩托车 电动车 电瓶车 骑
        licenseplate: license plate, licence plate, number plate, plate, registration, registration number | 车牌 车牌号 牌照
        parking: parking, park, parking space, parking spot, car park, bay, parked, leave the car, level, parking bay
         | 停车 车位 停车位 停车场 停哪 停在 停车位
        fuel: petrol, diesel, gas~, electric car, fuel, hybrid, gasoline | 汽油 柴油 电动 油 新能源
        commute: commute, get to work, go to work, travel to work, way to work, bus, train, tram, subway,
         underground, metro, tube, ferry, on foot, walk to work, cycle to work, public transport, transport, to work,
         commuting, to the office, get to the office, travel to the office, go to the office, journey to work, by
         bike, by train, by bus | 上班 通勤 地铁 公交 公交车 坐地铁 火车 高铁 怎么上班 步行 轮船 交通 去公司 去单位 骑车上班 坐车 去公司 到公司 去单位
        trainnumber: train number, flight number, seat, gate, platform, carriage, boarding | 车次 航班号 座位 登机口 站台 车厢
        license: driving licence, driver's license, driving license, licence, license | 驾照 驾驶证 执照
        shop: shop, store, supermarket, market, grocery, groceries, mall, buy at, shopping | 商店 超市 市场 买菜 购物 店
        restaurant: restaurant, cafe, café, bar, pub, diner, dine, eat out, dinner at, bistro, canteen, pizzeria | 餐厅
         饭店 餐馆 咖啡馆 酒吧 食堂 吃饭 馆子
        taxi: taxi, cab, uber, ride, minicab | 出租车 打车 的士 网约车
        loyalty: frequent flyer, airline membership, mileage, loyalty, miles, membership number, member card | 会员 常旅客
         里程 会员卡 会员号 会员卡号
        """
}
