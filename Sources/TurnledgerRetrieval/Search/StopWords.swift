// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Words of questions that say nothing about their subject. They are left out of queries, never of the index.
enum StopWords {
    static let english: Set<String> = [
        "a", "about", "after", "all", "am", "an", "and", "any", "anyone", "anything", "are", "as", "at", "be",
        "because", "been", "before", "being", "but", "by", "can", "clause", "could", "did", "do", "does", "doing",
        "done", "else", "ever", "find", "for", "from", "get", "give", "given", "go", "got", "had", "happen",
        "happens", "has", "have", "having", "he", "her", "here", "him", "his", "how", "i", "if", "in", "into", "is",
        "it", "its", "just", "kind", "know", "let", "like", "made", "make", "many", "may", "me", "mean", "might",
        "more", "much", "must", "my", "need", "needs", "no", "not", "of", "off", "on", "one", "only", "or", "our",
        "ought", "out", "own", "please", "regulation", "regulations", "rule", "rules", "said", "same", "say", "says",
        "shall", "she", "should", "so", "some", "someone", "something", "such", "tell", "than", "that", "the",
        "their", "them", "then", "there", "these", "they", "thing", "things", "this", "those", "to", "too", "under",
        "up", "us", "use", "very", "want", "was", "we", "were", "what", "when", "where", "whether", "which", "while",
        "who", "whom", "whose", "why", "will", "with", "would", "yet", "you", "your", "yours", "law", "laws", "ask",
    ]

    /// Where a run of ideographs is parted; the longest fits first. Characters that also stand in words (会, 有, 中) are
    /// not among them.
    static let chinese: Set<String> = [
        "什么情况", "可不可以", "哪些情况", "应不应该", "怎么处理", "怎么规定", "我想知道", "需不需要", "为什么", "会不会", "告诉我", "对不对",
        "怎么办", "怎么样", "怎么算", "情况下", "想知道", "是不是", "有什么", "有没有", "法律上", "的时候", "算不算", "能不能", "要不要",
        "请告诉", "一下", "一个", "一些", "一般", "为何", "之前", "之后", "人家", "什么", "他们", "以前", "以及", "以后", "但是",
        "你们", "依据", "依照", "假如", "关于", "几个", "别人", "到底", "可以", "可否", "哪个", "哪些", "哪种", "哪里", "因为", "多少",
        "她们", "如何", "如果", "它们", "对于", "属于", "并且", "应当", "应该", "必须", "怎么", "怎样", "情况", "想问", "我们", "或者",
        "所以", "按照", "时候", "是否", "最多", "最少", "有些", "有关", "条文", "条款", "根据", "没有", "的话", "究竟", "而且", "能否",
        "能够", "自己", "至少", "要是", "要求", "规定", "请问", "谁来", "这个", "这些", "这种", "通常", "那个", "那么", "那些", "里面",
        "需要", "么", "也", "了", "他", "你", "却", "又", "吗", "吧", "呀", "呢", "哪", "啊", "太", "她", "它", "就", "很",
        "您", "我", "才", "把", "是", "的", "给", "被", "让", "谁", "跟", "还", "都",
    ]

    static let longestChinese = chinese.map(\.count).max() ?? 1
}
