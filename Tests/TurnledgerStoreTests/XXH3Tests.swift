// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerStore

@Suite("XXH3, 128 bits")
struct XXH3Tests {
    /// Digests of PyPI's `xxhash` 4.1.0 of the first bytes of `sequence`.
    static let digests: [(length: Int, digest: String)] = [
        (0, "99aa06d3014798d86001c324468d497f"),
        (1, "a6cd5e9392000f6ac44bdff4074eecdb"),
        (2, "59264f999f5b71511ca5cfa6a6d57dc2"),
        (3, "95c705060a313bf8a1c4a8259b827291"),
        (4, "afbf64f9281b8de2fde8d93ae8794d8e"),
        (6, "42e79147a7d1132df129eda3938ebfac"),
        (8, "2761698c33953c430234362aaf47b71a"),
        (9, "0d39db6431d37a74895c8a562da51412"),
        (13, "239aa0187ab5a4a4050630ab48f75512"),
        (16, "29be75b0bbbb5284aafffcec5df2cb27"),
        (17, "db7e8f77961e47fd878751509ecfdb8b"),
        (32, "3e97336e6cbb6ee0de94574d7a589440"),
        (33, "3411cfe692c2e51ee2928442749dbe83"),
        (64, "492893316886558766fa129223be93a5"),
        (65, "b6dfa5aac5c63dc2f5b4ade8de9a76a3"),
        (96, "e83e939b9571947cb9de9a9696c420fc"),
        (97, "dd6ad8d4fb1433a98ea932450271fde4"),
        (128, "ba44fd018231af4cbbe087d879edcc78"),
        (129, "522c922743fd67f1b8075934107218e5"),
        (160, "b5514c067fd629180e08f445e497507a"),
        (200, "fc856e6538fc9e49293b2bb62ee3d385"),
        (240, "4f49ccc8526aa7ad407883ea5ef95b9a"),
        (241, "50b62ee1ee6455a7bc424a2c480dd281"),
        (256, "20d618055259b36c2d040b1ab40f0d78"),
        (511, "738e1d88a23cff63f3848293e35ddb39"),
        (512, "17d1143c4bfb7ce017ec4809d1a9ad43"),
        (1023, "d34ef4f411b9a93e3071307bafa2f8f4"),
        (1024, "53bd178b75ab292e1fd15e7d36f5e1bc"),
        (1025, "d1ad5f4a3cce4374fe08e5a874d23fd2"),
        (1088, "9c1e8a4061056e7d0ac7cf3a6009bab5"),
        (2048, "2e141090da5502aa81ec4a6a9ee23d55"),
        (2049, "3b45eb7c64d498329156a1fd2d1a8c37"),
        (2100, "4dea43aeb8319dd9fa1a6a38f0be0f6f"),
    ]

    static let sequence: [UInt8] = (0..<2100).map { UInt8(truncatingIfNeeded: (UInt32($0) &* 2_654_435_761) >> 13) }

    @Test("is what the reference gives for every class of lengths", arguments: digests)
    func digest(length: Int, digest: String) {
        #expect(Self.hexadecimal(XXH3.hash128(Array(Self.sequence[..<length]))) == digest)
    }

    @Test("is what the reference gives for every length up to 2100")
    func everyLength() {
        var digests: [UInt8] = []
        for length in 0...2100 {
            let hash = XXH3.hash128(Array(Self.sequence[..<length]))
            for word in [hash.high, hash.low] { withUnsafeBytes(of: word.bigEndian) { digests.append(contentsOf: $0) } }
        }
        #expect(Self.hexadecimal(XXH3.hash128(digests)) == "2f7b3dcc2ee5f75c27fc7eb521ffd2eb")
    }

    static func hexadecimal(_ hash: (high: UInt64, low: UInt64)) -> String {
        UniqueID.text(high: hash.high, low: hash.low).filter { $0 != "-" }
    }
}
