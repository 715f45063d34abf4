// links: imago_base
// Errors, strict JSON, hashes and the log.
#include "core/base/durable_file.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/log.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>

#include <fstream>
#include <random>

using namespace imago;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

}  // namespace

class TestBase : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void errorsFillTheirPlaces() {
        const Error error{ErrorCode::Disk, "{file} is {file}, {unknown} {", {{"file", "a{why}b"}, {"why", "x"}}, "Do {why}.", {}};
        QCOMPARE(error.text(), std::string("a{why}b is a{why}b, {unknown} { Do x."));
        QCOMPARE(exitCode(ErrorCode::Disk), 5);
        QCOMPARE(exitCode(ErrorCode::Numerical), 7);
    }

    void jsonReads() {
        const auto json = parseJson(R"( {"b":[1,-2,3.5,true,null,"é\u00e9"],"a":{"x":18446744073709551615}} )", "it");
        QVERIFY(json);
        QCOMPARE(json->dump(), std::string(R"({"b":[1,-2,3.5,true,null,"éé"],"a":{"x":18446744073709551615}})"));
        QVERIFY(parseJson("7", "it") && parseJson("\"x\"", "it") && parseJson("[]", "it"));
        QVERIFY(json->at("a").at("x").is_number_unsigned());
    }

    void jsonRefuses_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char* name, QByteArray text, const char* says) { QTest::newRow(name) << text << QByteArray(says); };
        row("empty", "", "end of input");
        row("cut", "{\"a\":", "column");
        row("trailing", "{} x", "column");
        row("two", "{}{}", "column");
        row("duplicate", R"({"a":1,"b":{"c":1,"c":2}})", "\"c\" appears twice");
        row("duplicate escaped", R"({"a":1,"\u0061":2})", "\"a\" appears twice");
        row("comment", "{/*x*/}", "column");
        row("single quotes", "{'a':1}", "column");
        row("nan", "[NaN]", "column");
        row("huge number", "[1e999]", "1e999");
        row("bad utf-8", "[\"\xff\xfe\"]", "column");
        row("nul", QByteArray("[1\0]", 4), "zero byte");
        row("nul and more", QByteArray("{}\0garbage", 10), "zero byte");
        row("deep", QByteArray(100000, '['), "64 levels");
        row("deep objects", QByteArray::fromStdString(repeated("{\"a\":", 65)), "64 levels");
    }
    void jsonRefuses() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, says);
        const auto json = parseJson({text.constData(), std::size_t(text.size())}, "the file x.json");
        QVERIFY(!json);
        const auto words = QByteArray::fromStdString(json.error().text());
        QVERIFY2(words.contains("the file x.json") && words.contains(says) && words.size() < 600, words.constData());
        QCOMPARE(json.error().code, ErrorCode::BadInput);
    }

    void jsonLimits() {
        QVERIFY(parseJson(repeated("[", 64) + repeated("]", 64), "it"));
        QVERIFY(!parseJson(repeated("[", 65) + repeated("]", 65), "it"));
        QVERIFY(!parseJson("[1,2,3]", "it", {.bytes = 6, .depth = 4}));
        QVERIFY(parseJson("[1,2,3]", "it", {.bytes = 7, .depth = 4}));
        QVERIFY(!parseJson(std::string((std::size_t(64) << 20) + 1, ' '), "it"));
        // Many keys must not cost their square.
        std::string many = "{";
        for (int i = 0; i < 200000; ++i) many += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
        QElapsedTimer timer;
        timer.start();
        const auto json = parseJson(many + "}", "it");
        QVERIFY(json && json->size() == 200000);
        QVERIFY2(timer.elapsed() < 5000, QByteArray::number(timer.elapsed()).constData());
    }

    void jsonSurvivesDamage() {
        const std::string good =
            R"({"schema":1,"network":{"channels":[1,2,3],"name":"é\n\u20ac"},"rate":1.5e-3,"on":true,"none":null,"deep":[[[{"x":[]}]]]})";
        std::mt19937 rng(20000);
        int accepted = 0;
        for (int i = 0; i < 20000; ++i) {
            std::string text = good;
            const int edits = 1 + int(rng() % 4);
            for (int e = 0; e < edits && !text.empty(); ++e) {
                const std::size_t at = rng() % text.size();
                switch (rng() % 5) {
                    case 0:
                        text[at] = char(rng());
                        break;
                    case 1:
                        text.erase(at, 1 + rng() % 8);
                        break;
                    case 2:
                        text.insert(at, 1, "{}[]\",:\\0e-"[rng() % 11]);
                        break;
                    case 3:
                        text.insert(at, text.substr(rng() % text.size(), rng() % 16));
                        break;
                    default:
                        text[at] = char(text[at] ^ (1 << rng() % 8));
                }
            }
            const auto json = parseJson(text, "it");
            if (!json) {
                QVERIFY(!json.error().text().empty());
                continue;
            }
            ++accepted;  // what is accepted can be written and read again
            const auto again = parseJson(json->dump(-1, ' ', false, Json::error_handler_t::replace), "it");
            QVERIFY(again && *again == *json);
        }
        qInfo("accepted=%d of 20000", accepted);
        QVERIFY(accepted > 0 && accepted < 19000);
    }

    void sha256Vectors() {  // FIPS 180-4 examples
        QCOMPARE(sha256Hex(bytesOf("")), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        QCOMPARE(sha256Hex(bytesOf("abc")), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(sha256Hex(bytesOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
                 std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
        QCOMPARE(sha256Hex(bytesOf(std::string(1000000, 'a'))),
                 std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    }

    void sha256InPieces() {
        std::string text;
        std::mt19937 rng(1);
        for (int i = 0; i < 700; ++i) text += char(rng());
        for (std::size_t length = 0; length < 200; ++length) {
            const auto want = QCryptographicHash::hash(QByteArray(text.data(), int(length)), QCryptographicHash::Sha256).toHex();
            Sha256 hash;
            for (std::size_t at = 0; at < length;) {
                const std::size_t take = std::min<std::size_t>(length - at, 1 + rng() % 70);
                hash.update(bytesOf(text).subspan(at, take));
                at += take;
            }
            QCOMPARE(QByteArray::fromStdString(toHex(hash.finish())), want);
        }
    }

    void sha256PortableAgrees() {
        std::vector<std::uint8_t> data(64 * 5);
        std::mt19937 rng(2);
        for (auto& b : data) b = std::uint8_t(rng());
        std::uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
        // The padding of a message of five blocks, by hand.
        std::vector<std::uint8_t> padded = data;
        padded.resize(64 * 6);
        padded[320] = 0x80;
        padded[382] = std::uint8_t((320 * 8) >> 8);
        padded[383] = std::uint8_t(320 * 8);
        detail::sha256BlocksPortable(state, padded.data(), 6);
        std::vector<std::uint8_t> out;
        for (auto word : state)
            for (int s = 24; s >= 0; s -= 8) out.push_back(std::uint8_t(word >> s));
        QCOMPARE(toHex(out), sha256Hex(data));
        if (!detail::hasShaInstructions()) qInfo("this CPU has no SHA instructions: only the portable code was tested");
    }

    void crcVectors() {  // RFC 3720, B.4
        QCOMPARE(crc32c(bytesOf("123456789")), 0xE3069283U);
        std::vector<std::uint8_t> data(32, 0);
        QCOMPARE(crc32c(data), 0x8A9136AAU);
        std::fill(data.begin(), data.end(), std::uint8_t(0xFF));
        QCOMPARE(crc32c(data), 0x62A8AB43U);
        for (std::size_t i = 0; i < 32; ++i) data[i] = std::uint8_t(i);
        QCOMPARE(crc32c(data), 0x46DD794EU);
        QCOMPARE(detail::crc32cPortable(data, 0), 0x46DD794EU);
        QCOMPARE(crc32c(Bytes(data).subspan(13), crc32c(Bytes(data).first(13))), 0x46DD794EU);
    }

    void hashSpeed() {
        std::vector<std::uint8_t> data(std::size_t(16) << 20, 7);
        QElapsedTimer timer;
        timer.start();
        const auto hex = sha256Hex(data);
        const double sha = 16.0 * 1e3 / double(timer.nsecsElapsed()) * 1e6;
        timer.start();
        const auto crc = crc32c(data);
        qInfo("SHA-256 %.0f MB/s, CRC32C %.0f MB/s (%s %08x)", sha, 16.0 * 1e9 / double(timer.nsecsElapsed()), hex.substr(0, 8).c_str(),
              crc);
    }

    void fileHash() {
        QTemporaryDir dir;
        const std::filesystem::path path = dir.path().toStdString() + "/x";
        std::ofstream(path) << "abc";
        QCOMPARE(sha256File(path).value(), sha256Hex(bytesOf("abc")));
        QVERIFY(!sha256File(path.string() + "y"));
    }

    void log() {
        QTemporaryDir dir;
        const std::filesystem::path folder = dir.path().toStdString() + "/log/deep";
        startLog(folder);
        logInfo("a line with {} braces and %s");
        const auto text = readTextFile(folder / "imago.log");
        QVERIFY(text && text->find("info a line with {} braces and %s\n") != std::string::npos);
        const std::string line(1000, 'x');
        for (int i = 0; i < 12000; ++i) logInfo(line);  // over two files of 5 MB
        QVERIFY(std::filesystem::exists(folder / "imago.1.log"));
        QVERIFY(std::filesystem::file_size(folder / "imago.log") <= 5U << 20);
        startLog("/proc/nowhere");  // is not a reason to stop: a warning
        logInfo("still here");
    }
};

QTEST_APPLESS_MAIN(TestBase)
#include "tst_base.moc"
