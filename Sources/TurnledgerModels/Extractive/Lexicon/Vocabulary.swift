// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Words that carry grammar rather than a subject.
enum Vocabulary {
    /// English words that say nothing of what a sentence is about, as stems.
    static let stop = stems(
        """
        a an the of to in on at by for with from as and or but if then than so that this these those there here it its
        i me my mine myself we us our ours you your yours he him his she her hers they them their be am is are was were
        do does did will would shall should can could may might must have has had not no yes please just also too very
        what when where who whom whose which why how again ever still already now currently actually actual well ok okay
        tell say mention remember recall know let about into onto over under up down out off any some all both each
        more most much many such own same other another one s t re ve ll d m hi hello hey thanks thank exactly roughly
        approximately approx nearly around be able really quite kind sort because since until while during per via
        earlier before previously ago once said told mentioned according moment right regarding concerning remind give show
        """)

    /// Words that match weakly: nearly every sentence can have them.
    static let generic = stems(
        """
        go get make take use thing stuff type go come put keep want need day time way lot good new old big main call
        long first last next number people person place find look try happen let bring set come
        """)

    /// Chinese words of grammar; longest first where one begins another.
    static let chineseStop: Set<String> = [
        "我", "我们", "一家", "两家", "咱", "咱们", "你", "您", "你们", "他", "她", "它", "他们", "她们", "它们", "的", "地", "得", "了", "着", "过",
        "在", "是", "有", "没有", "和", "与", "跟", "同", "及", "或", "也", "都", "就", "还", "又", "很", "太", "非常", "这", "那",
        "个", "一个", "吗", "呢", "吧", "啊", "呀", "嘛", "么", "什么", "哪", "哪个", "哪些", "怎么", "怎样", "如何", "谁", "几", "多",
        "为什么", "请", "请问", "告诉", "告诉我", "对", "把", "被", "给", "从", "向", "到", "为", "于", "以", "而", "但", "但是", "因为",
        "所以", "如果", "不", "没", "别", "会", "能", "可以", "想", "要", "会不会", "是不是", "有没有", "能不能", "现在", "目前", "今年",
        "之前", "刚才", "说", "说过", "提到", "记得", "是什么", "之", "其", "来", "上", "里", "最", "更", "只", "位", "名叫",
        "一下", "大概", "左右", "已经", "正在", "不能", "不可以", "那么", "这个", "那个", "这里", "那里", "我家", "自己", "关于",
        "哪里", "哪儿", "属于", "时", "让", "使", "具体", "一般", "通常", "平时", "最近", "到底", "究竟", "另外", "此外", "还有", "并", "并且", "每",
        "次",
    ]

    /// Numbers in words, as stems.
    static let englishNumbers: Set<String> = [
        "zero", "one", "two", "thre", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelv", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty",
        "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundr", "hundred", "thousand", "million", "half",
        "dozen",
    ]

    static let chineseNumerals: Set<Unicode.Scalar> = Set("零〇一二三四五六七八九十百千万亿两半".unicodeScalars)

    static let negations: Set<String> = ["not", "never", "without", "不", "别", "没", "勿", "不能", "不可以", "没有"]

    static let firstPerson: Set<String> = ["i", "me", "my", "mine", "myself", "we", "us", "our", "ours"]

    static let thirdPerson: Set<String> = ["he", "him", "his", "she", "her", "they", "them", "their", "it", "its"]

    private static func stems(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { EnglishStem.stem(String($0)) })
    }
}
