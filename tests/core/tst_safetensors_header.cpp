// links: imago_base
// The header of safetensors: one hand-made file per rule of the format, and damage.
#include "core/tensor/safetensors.h"

#include <QtTest>

#include <cstring>
#include <fstream>
#include <random>

using namespace imago;

namespace {

using File = std::vector<std::uint8_t>;

// A file by hand: header text and data as they are given; the length is right unless said otherwise.
File handMade(const std::string& header, const std::string& data, std::uint64_t length) {
    std::string text(8, '\0');
    std::memcpy(text.data(), &length, 8);
    text += header;
    text += data;
    return File(text.begin(), text.end());
}
File handMade(const std::string& header, const std::string& data = {}) {
    return handMade(header, data, header.size());
}

QByteArray bytes(const File& file) {
    return {reinterpret_cast<const char*>(file.data()), qsizetype(file.size())};
}

const std::string kFour = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";

}  // namespace

class TestSafetensorsHeader : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void refuses_data();
    void refuses();
    void accepts_data();
    void accepts();
    void largeHeaderOnRequest();
    void claimedSizesCostNothing();
    void missingHashIsDetected();
    void survivesDamagedHeaders();
};

void TestSafetensorsHeader::refuses_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("why");
    const auto row = [](const char* name, const File& file, const char* why) { QTest::newRow(name) << bytes(file) << QByteArray(why); };
    const auto header = [&](const char* name, const std::string& text, const std::string& data, const char* why) {
        row(name, handMade(text, data), why);
    };
    // Rule 1
    row("1 empty", {}, "HeaderTooSmall");
    row("1 seven bytes", File(7), "HeaderTooSmall");
    // Rule 2
    row("2 header_too_large", handMade(kFour, "1234", 16777217), "HeaderTooLarge");
    row("2 header of 2^64 - 1", handMade(kFour, "1234", ~0ULL), "HeaderTooLarge");
    // Rule 3
    row("3 invalid_header_length", handMade(kFour, "1234", kFour.size() + 5), "InvalidHeaderLength");
    // Rule 4
    row("4 empty header", handMade(""), "InvalidHeaderStart");
    row("4 array", handMade("[]"), "InvalidHeaderStart");
    row("4 number", handMade("3"), "InvalidHeaderStart");
    row("4 non_utf8", handMade("{\"\xff\xfe\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"), "InvalidHeader");
    row("4 not JSON", handMade("{\"a\""), "InvalidHeader");
    row("4 nul before", handMade(std::string("\0{}", 3)), "InvalidHeaderStart");
    // Rule 5
    row("5 padding that is not white space", handMade(std::string("{}\0\0\0\0\0\0", 8)), "InvalidHeader");
    row("5 second object", handMade("{}{}"), "InvalidHeader");
    // Rule 6
    header("6 json_attack: tensor twice",
           R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "1234",
           "twice");
    header("6 key of a tensor twice", R"({"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}})", "1234", "twice");
    header("6 metadata twice", R"({"__metadata__":{"x":"1"},"__metadata__":{},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
           "1234", "twice");
    // Rule 7
    header("7 missing key", R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", "1234", "exactly dtype");
    header("7 one key more", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", "1234", "exactly dtype");
    header("7 other key", R"({"a":{"dtype":"F32","shape":[1],"offsets":[0,4]}})", "1234", "exactly dtype");
    header("7 tensor is a list", R"({"a":[1,2,3]})", "", "exactly dtype");
    header("7 metadata number", R"({"__metadata__":{"x":1}})", "", "InvalidMetadata");
    header("7 metadata object", R"({"__metadata__":{"x":{}}})", "", "InvalidMetadata");
    header("7 metadata list", R"({"__metadata__":[]})", "", "InvalidMetadata");
    header("7 too deep", R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", "1234", "3 levels");
    header("7 rank 17", R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", "1234",
           "InvalidShape");
    header("7 long name", "{\"" + std::string(1025, 'n') + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "1234", "InvalidName");
    header("7 dtype number", R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}})", "1234", "not a text");
    // Rule 8
    header("8 1.0", R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", "1234", "InvalidShape");
    header("8 1e0", R"({"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}})", "1234", "InvalidShape");
    header("8 -0", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-0,4]}})", "1234", "InvalidOffset");
    header("8 negative", R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234", "InvalidShape");
    header("8 2^64", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}})", "1234", "InvalidOffset");
    header("8 text", R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", "1234", "InvalidShape");
    header("8 three offsets", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", "1234", "InvalidOffset");
    // Rule 9
    header("9 first not at 0", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "12345678", "InvalidOffset");
    header("9 hole", R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})", "123",
           "InvalidOffset");
    header("9 overlap", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
           "123", "InvalidOffset");
    header("9 same range", R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
           "12", "InvalidOffset");
    header("9 backwards", R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}})", "", "InvalidOffset");
    // Rule 10
    header("10 polyglot: bytes after the last tensor", kFour, "1234PK", "IncompleteBuffer");
    header("10 incomplete_buffer", kFour, "123", "IncompleteBuffer");
    header("10 data without tensors", "{}", "1", "IncompleteBuffer");
    // Rule 11
    header("11 shape and range differ", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234", "InvalidInfo");
    header("11 validation_overflow", R"({"a":{"dtype":"F64","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]}})",
           "1234", "Overflow");
    header("11 overflow to the right size", R"({"a":{"dtype":"F32","shape":[4294967296,1073741824],"data_offsets":[0,0]}})", "",
           "Overflow");
    header("11 overflow beside a zero", R"({"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", "", "Overflow");
    header("11 length beyond 63 bits", R"({"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,9223372036854775808]}})", "",
           "Overflow");
    // Rule 13
    for (const char* type : {"F8_E4M3", "F8_E5M2", "F4", "U16", "U32", "U64", "C64", "f32", ""})
        header(qPrintable(QString("13 %1").arg(type)), R"({"a":{"dtype":")" + std::string(type) + R"(","shape":[1],"data_offsets":[0,4]}})",
               "1234", ('"' + std::string(type) + "\", which is not supported").c_str());
}

void TestSafetensorsHeader::refuses() {
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, why);
    const auto read = SafetensorsFile::parse(File(file.begin(), file.end()), "the model x");
    QVERIFY(!read);
    const auto text = QByteArray::fromStdString(read.error().text());
    QVERIFY2(text.contains(why) && text.contains("the model x") && text.contains("another copy"), text.constData());
    QCOMPARE(read.error().code, ErrorCode::BadInput);
}

void TestSafetensorsHeader::accepts_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QByteArray>("tensors");  // "name:type:elements " of each
    const auto row = [](const char* name, const std::string& header, const std::string& data, const char* tensors) {
        QTest::newRow(name) << bytes(handMade(header, data)) << QByteArray(tensors);
    };
    row("4 white space before", " \n\t" + kFour, "1234", "a:F32:1 ");
    row("5 whitespace_padded", kFour + "    ", "1234", "a:F32:1 ");
    row("no tensors", "{}", "", "");
    row("only metadata", R"({"__metadata__":{"x":"y"}})", "", "");
    row("12 zero_sized", R"({"a":{"dtype":"F32","shape":[2,0],"data_offsets":[0,0]}})", "", "a:F32:0 ");
    row("12 rank 0", R"({"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}})", "12345678", "a:F64:1 ");
    row("12 zero between",
        R"({"b":{"dtype":"I8","shape":[2],"data_offsets":[1,3]},"z":{"dtype":"I8","shape":[0],"data_offsets":[1,1]},)"
        R"("a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}})",
        "123", "a:I8:1 z:I8:0 b:I8:2 ");
    row("13 all types",
        R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},)"
        R"("c":{"dtype":"I8","shape":[1],"data_offsets":[2,3]},"d":{"dtype":"I16","shape":[1],"data_offsets":[3,5]},)"
        R"("e":{"dtype":"I32","shape":[1],"data_offsets":[5,9]},"f":{"dtype":"I64","shape":[1],"data_offsets":[9,17]},)"
        R"("g":{"dtype":"F16","shape":[1],"data_offsets":[17,19]},"h":{"dtype":"BF16","shape":[1],"data_offsets":[19,21]},)"
        R"("i":{"dtype":"F32","shape":[1],"data_offsets":[21,25]},"j":{"dtype":"F64","shape":[1],"data_offsets":[25,33]}})",
        std::string(33, 'x'), "a:BOOL:1 b:U8:1 c:I8:1 d:I16:1 e:I32:1 f:I64:1 g:F16:1 h:BF16:1 i:F32:1 j:F64:1 ");
    row("rank 16 and a name of 1024",
        "{\"" + std::string(1024, 'n') + R"(":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", "x",
        (std::string(1024, 'n') + ":U8:1 ").c_str());
}

void TestSafetensorsHeader::accepts() {
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, tensors);
    const auto read = SafetensorsFile::parse(File(file.begin(), file.end()), "x");
    QVERIFY2(read, read ? "" : read.error().text().c_str());
    QByteArray seen;
    for (const TensorView& tensor : read->tensors()) {
        seen += QByteArray::fromStdString(tensor.name) + ':' + toString(tensor.dtype) + ':' +
                QByteArray::number(qlonglong(tensor.elements())) + ' ';
        QCOMPARE(tensor.data.size(), std::size_t(tensor.elements()) * bytesOfElement(tensor.dtype));
        QCOMPARE(read->find(tensor.name), &tensor);
    }
    QCOMPARE(seen, tensors);
    QVERIFY(!read->verified() && !read->find("nothing"));
}

void TestSafetensorsHeader::largeHeaderOnRequest() {  // rule 2, the other half
    const std::string header = "{}" + std::string(17 << 20, ' ');
    QVERIFY(!SafetensorsFile::parse(handMade(header), "x"));
    QVERIFY(SafetensorsFile::parse(handMade(header), "x", {.maxHeaderBytes = 100'000'000}));
    QVERIFY(!SafetensorsFile::parse(handMade("{}", "", 100'000'001), "x", {.maxHeaderBytes = ~0ULL}));
}

// Whatever a header claims, nothing is allocated for it: the address space is limited to a little more than what is used.
void TestSafetensorsHeader::claimedSizesCostNothing() {
    const auto before = [] {
        std::ifstream in("/proc/self/statm");
        std::size_t pages = 0;
        in >> pages;
        return pages;
    };
    const auto start = before();
    for (int i = 0; i < 50; ++i) {
        QVERIFY(!SafetensorsFile::parse(handMade(kFour, "1234", 16777216), "x"));
        QVERIFY(!SafetensorsFile::parse(handMade(R"({"a":{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}})"), "x"));
    }
    QVERIFY2(before() < start + 4096, "more than 16 MB were taken");
}

void TestSafetensorsHeader::missingHashIsDetected() {
    const auto read = SafetensorsFile::parse(handMade(R"({"__metadata__":{"imago.family":"gan"}})"), "x");
    QVERIFY(!read && read.error().text().find("HashMissing") != std::string::npos);
    const auto wrong = SafetensorsFile::parse(handMade(R"({"__metadata__":{"imago.sha256":"00"}})"), "x");
    QVERIFY(!wrong && wrong.error().text().find("HashMismatch") != std::string::npos);
}

void TestSafetensorsHeader::survivesDamagedHeaders() {
    std::mt19937 rng(20000);
    const std::string good =
        R"({"__metadata__":{"format":"pt","x":"é\n"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
        R"("b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]},"c":{"dtype":"U8","shape":[0,7],"data_offsets":[26,26]}})";
    int accepted = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text = good;
        for (unsigned e = 1 + rng() % 3; e > 0 && !text.empty(); --e) {
            const std::size_t at = rng() % text.size();
            switch (rng() % 6) {
                case 0:
                    text[at] = char(rng());
                    break;
                case 1:
                    text.erase(at, 1 + rng() % 6);
                    break;
                case 2:
                    text.insert(at, 1, "{}[]\",:0129-e."[rng() % 14]);
                    break;
                case 3:
                    text.insert(at, text.substr(rng() % text.size(), rng() % 40));
                    break;
                case 4:
                    text.insert(at, "18446744073709551615");
                    break;
                default:
                    text[at] = char(text[at] ^ (1 << rng() % 8));
            }
        }
        File file = rng() % 10 ? handMade(text, std::string(26, 'd')) : handMade(text, std::string(26, 'd'), rng() % 400);
        if (rng() % 20 == 0) file.resize(rng() % file.size());
        const std::size_t size = file.size();
        const auto read = SafetensorsFile::parse(std::move(file), "x");
        if (!read) {
            QVERIFY(read.error().text().size() < 1000);
            continue;
        }
        ++accepted;
        std::size_t sum = 0;
        volatile unsigned touched = 0;  // every byte is read, for the sanitizer
        for (const TensorView& tensor : read->tensors()) {
            sum += tensor.data.size();
            for (const auto byte : tensor.data) touched = touched + byte;
        }
        QVERIFY(sum <= size);
    }
    qInfo("accepted=%d of 20000", accepted);
    QVERIFY(accepted > 100 && accepted < 15000);
}

QTEST_APPLESS_MAIN(TestSafetensorsHeader)
#include "tst_safetensors_header.moc"
