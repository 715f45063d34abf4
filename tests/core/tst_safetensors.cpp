// links: imago_base
// Safetensors: one hand-made file per rule of the format, round trips, an independent reader, damage.
#include "core/tensor/safetensors.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

#include <cstring>
#include <fstream>
#include <random>

#include "core/base/json.h"

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

struct Owned {
    std::vector<File> data;
    std::vector<TensorView> tensors;
    Metadata metadata;
};

std::string randomText(std::mt19937& rng, std::size_t most) {
    static const char* const kPieces[] = {"a", "Z", "0",  ".", "\"", "\\", "/",    "\n",     "\t",
                                          " ", "é", "图", "😀", "{",  "}",  "\x01", "weight", "bias"};
    std::string out;
    for (std::size_t i = rng() % most; i > 0; --i) out += kPieces[rng() % std::size(kPieces)];
    return out;
}

Owned randomTensors(std::mt19937& rng, int most) {
    Owned out;
    const int count = int(rng() % unsigned(most + 1));
    for (int i = 0; i < count; ++i) {
        TensorView view;
        view.name = std::to_string(i) + randomText(rng, 12);
        view.dtype = DType(rng() % 10);
        for (unsigned rank = rng() % 5; rank > 0; --rank) view.shape.push_back(std::int64_t(rng() % 4));
        out.data.emplace_back(std::size_t(view.elements()) * bytesOfElement(view.dtype));
        for (auto& b : out.data.back()) b = std::uint8_t(rng());
        out.tensors.push_back(view);
    }
    for (int i = 0; i < count; ++i) out.tensors[std::size_t(i)].data = out.data[std::size_t(i)];
    for (unsigned n = rng() % 4; n > 0; --n) out.metadata[randomText(rng, 6) + "k"] = randomText(rng, 20);
    return out;
}

bool sameTensor(const TensorView& a, const TensorView& b) {
    return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape &&
           std::equal(a.data.begin(), a.data.end(), b.data.begin(), b.data.end());
}

}  // namespace

class TestSafetensors : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void refuses_data();
    void refuses();
    void accepts_data();
    void accepts();
    void largeHeaderOnRequest();
    void claimedSizesCostNothing();
    void readsFromDisk();
    void readsPieceByPiece();
    void roundTrips();
    void bytesDependOnContentsOnly();
    void writerRefuses();
    void independentReaderAgrees();
    void flipsAreDetected();
    void truncationsAreDetected();
    void missingHashIsDetected();
    void survivesDamagedHeaders();
    void countsNonFinite();
};

void TestSafetensors::refuses_data() {
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

void TestSafetensors::refuses() {
    QFETCH(QByteArray, file);
    QFETCH(QByteArray, why);
    const auto read = SafetensorsFile::parse(File(file.begin(), file.end()), "the model x");
    QVERIFY(!read);
    const auto text = QByteArray::fromStdString(read.error().text());
    QVERIFY2(text.contains(why) && text.contains("the model x") && text.contains("another copy"), text.constData());
    QCOMPARE(read.error().code, ErrorCode::BadInput);
}

void TestSafetensors::accepts_data() {
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

void TestSafetensors::accepts() {
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

void TestSafetensors::largeHeaderOnRequest() {  // rule 2, the other half
    const std::string header = "{}" + std::string(17 << 20, ' ');
    QVERIFY(!SafetensorsFile::parse(handMade(header), "x"));
    QVERIFY(SafetensorsFile::parse(handMade(header), "x", {.maxHeaderBytes = 100'000'000}));
    QVERIFY(!SafetensorsFile::parse(handMade("{}", "", 100'000'001), "x", {.maxHeaderBytes = ~0ULL}));
}

// Whatever a header claims, nothing is allocated for it: the address space is limited to a little more than what is used.
void TestSafetensors::claimedSizesCostNothing() {
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

void TestSafetensors::readsPieceByPiece() {
    QTemporaryDir dir;
    const std::filesystem::path path = dir.filePath("pieces").toStdString();
    std::mt19937 rng(5);
    for (int round = 0; round < 30; ++round) {
        const Owned made = randomTensors(rng, 6);
        QVERIFY(writeSafetensors(path, made.tensors, made.metadata));
        const auto whole = SafetensorsFile::read(path);
        const auto reader = SafetensorsReader::open(path, "x");
        QVERIFY(whole && reader && reader->verified());
        QVERIFY(reader->metadata() == whole->metadata());
        QCOMPARE(reader->tensors().size(), whole->tensors().size());
        for (std::size_t i = 0; i < whole->tensors().size(); ++i) {
            const TensorView& wanted = whole->tensors()[i];
            TensorView found = reader->tensors()[i];
            QVERIFY(found.data.empty() && reader->find(wanted.name) == &reader->tensors()[i]);
            File bytes(wanted.data.size());
            const std::size_t half = bytes.size() / 2;
            QVERIFY(reader->read(reader->tensors()[i], 0, std::span(bytes).first(half)));
            QVERIFY(reader->read(reader->tensors()[i], half, std::span(bytes).subspan(half)));
            found.data = bytes;
            QVERIFY(sameTensor(wanted, found));
        }
        File file = *readFile(path);
        file[rng() % file.size()] ^= std::uint8_t(1U << (rng() % 8));
        QVERIFY(writeDurably(path, file));
        QCOMPARE(SafetensorsReader::open(path, "x").ok(), SafetensorsFile::read(path).ok());  // (a space of the header may be another)
    }
    const File data(64, 7);
    QVERIFY(writeSafetensors(path, {{"w", DType::U8, {64}, data}}, {}));
    const auto reader = SafetensorsReader::open(path, "the file");
    QVERIFY(reader);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
    File bytes(64);
    const auto cut = reader->read(reader->tensors()[0], 0, bytes);
    QVERIFY(!cut && cut.error().text().find("the file") == 0);
    QVERIFY(reader->read(reader->tensors()[0], 0, std::span(bytes).first(63)));
    QVERIFY(!SafetensorsReader::open(path, "x") && !SafetensorsReader::open(dir.path().toStdString(), "x") &&
            !SafetensorsReader::open(dir.filePath("none").toStdString(), "x"));
}

void TestSafetensors::readsFromDisk() {  // rule 15: read, not mapped: the file may change or vanish afterwards
    QTemporaryDir dir;
    const std::filesystem::path path = dir.filePath("模型 é.safetensors").toStdString();
    const File data(16, 7);
    const auto hash = writeSafetensors(path, {{"w", DType::F32, {2, 2}, data}}, {{"imago.family", "diffusion"}});
    QVERIFY2(hash, hash ? "" : hash.error().text().c_str());
    auto read = SafetensorsFile::read(path);
    QVERIFY2(read, read ? "" : read.error().text().c_str());
    std::filesystem::resize_file(path, 0);
    const SafetensorsFile moved = std::move(*read);
    QVERIFY(moved.verified());
    QCOMPARE(moved.sha256(), *hash);
    QCOMPARE(moved.metadata().size(), std::size_t(1));
    QCOMPARE(moved.metadata().at("imago.family"), std::string("diffusion"));
    QVERIFY(std::equal(data.begin(), data.end(), moved.find("w")->data.begin(), moved.find("w")->data.end()));
    QVERIFY(!SafetensorsFile::read(path) && !SafetensorsFile::read(dir.filePath("none").toStdString()) &&
            !SafetensorsFile::read(dir.path().toStdString()));

    QVERIFY(writeSafetensors(path, {{"w", DType::F32, {2, 2}, data}}, {{"a", "b"}}));
    const auto summary = inspectSafetensors(path);
    QVERIFY(summary && summary->tensors.size() == 1 && summary->metadata.at("a") == "b" && summary->metadata.size() == 1);
    QCOMPARE(summary->fileBytes, std::uint64_t(std::filesystem::file_size(path)));
    QVERIFY(!SafetensorsFile::read(path, {.maxFileBytes = 10}));
    std::filesystem::resize_file(path, 20);
    QVERIFY(!inspectSafetensors(path));
}

void TestSafetensors::roundTrips() {
    std::mt19937 rng(10000);
    for (int i = 0; i < 10000; ++i) {
        const Owned owned = randomTensors(rng, 6);
        const auto file = encodeSafetensors(owned.tensors, owned.metadata);
        QVERIFY2(file, file ? "" : file.error().text().c_str());
        const auto read = SafetensorsFile::parse(*file, "x");
        QVERIFY2(read, read ? "" : read.error().text().c_str());
        QVERIFY(read->verified() && read->metadata() == owned.metadata && read->tensors().size() == owned.tensors.size());
        for (const TensorView& tensor : owned.tensors) {
            const TensorView* found = read->find(tensor.name);
            QVERIFY(found && sameTensor(*found, tensor));
        }
        // Data begin 8-aligned, and every tensor is aligned to its own elements.
        std::uint64_t length;
        std::memcpy(&length, file->data(), 8);
        QCOMPARE(length % 8, 0U);
        std::size_t at = 0;
        for (const TensorView& tensor : read->tensors()) {
            QCOMPARE(at % bytesOfElement(tensor.dtype), 0U);
            at += tensor.data.size();
        }
    }
}

void TestSafetensors::bytesDependOnContentsOnly() {  // rule 16
    std::mt19937 rng(16);
    for (int i = 0; i < 200; ++i) {
        Owned owned = randomTensors(rng, 8);
        const auto first = encodeSafetensors(owned.tensors, owned.metadata);
        std::shuffle(owned.tensors.begin(), owned.tensors.end(), rng);
        QVERIFY(*encodeSafetensors(owned.tensors, owned.metadata) == *first);
        // Written to disk: the same bytes, and the hash that is returned is theirs.
        if (i % 20) continue;
        QTemporaryDir dir;
        const std::filesystem::path path = dir.filePath("x").toStdString();
        const auto hash = writeSafetensors(path, owned.tensors, owned.metadata);
        QVERIFY(hash && readFile(path).value() == *first && *hash == sha256Hex(*first) && *hash == sha256File(path).value());
        // Read and written again: the same.
        const auto read = SafetensorsFile::read(path);
        QVERIFY(read && *encodeSafetensors(read->tensors(), read->metadata()) == *first);
    }
    // Larger elements first, then names.
    const File eight(8);
    const auto file = encodeSafetensors(
        {{"b", DType::F32, {2}, eight}, {"a", DType::F32, {2}, eight}, {"z", DType::I64, {1}, eight}, {"c", DType::U8, {8}, eight}}, {});
    const auto read = SafetensorsFile::parse(*file, "x");
    std::string order;
    for (const auto& tensor : read->tensors()) order += tensor.name;
    QCOMPARE(order, std::string("zabc"));
}

void TestSafetensors::writerRefuses() {
    const File four(4);
    QVERIFY(!encodeSafetensors({{"a", DType::F32, {2}, four}}, {}));
    QVERIFY(!encodeSafetensors({{"a", DType::F32, {1}, four}, {"a", DType::F32, {1}, four}}, {}));
    QVERIFY(!encodeSafetensors({{"__metadata__", DType::F32, {1}, four}}, {}));
    QVERIFY(!encodeSafetensors({{"\xff", DType::F32, {1}, four}}, {}));
    QVERIFY(!encodeSafetensors({{"", DType::F32, {1}, four}}, {}));
    QVERIFY(!encodeSafetensors({{"a", DType::F32, {1}, four}}, {{"k", "\xff"}}));
    QVERIFY(!encodeSafetensors({{"a", DType::F32, {-1}, four}}, {}));
    // A text that looks like the hash does not take its place.
    const auto file = encodeSafetensors({{"a", DType::F32, {1}, four}}, {{"a", "\"imago.sha256\":\"" + std::string(64, '0') + "\""}});
    QVERIFY(file && SafetensorsFile::parse(*file, "x")->verified());
}

void TestSafetensors::independentReaderAgrees() {
    const QString python = QStandardPaths::findExecutable("python3");
    if (python.isEmpty()) QSKIP("python3 is not installed: the cross-check with an independent reader was left out");
    QTemporaryDir dir;
    std::mt19937 rng(4);
    for (int i = 0; i < 5; ++i) {
        const Owned owned = randomTensors(rng, 40);
        const QString path = dir.filePath(QString("%1.safetensors").arg(i));
        const auto hash = writeSafetensors(path.toStdString(), owned.tensors, owned.metadata);
        QProcess process;
        process.start(python, {IMAGO_SOURCE_DIR "/tests/support/read_safetensors.py", path});
        QVERIFY(process.waitForFinished(60000));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
        const Json seen = parseJson(process.readAllStandardOutput().toStdString(), "the reader's answer").value();
        QVERIFY(seen["checksum_fits"].get<bool>() && seen["file"] == *hash);
        QCOMPARE(seen["tensors"].size(), owned.tensors.size());
        for (const TensorView& tensor : owned.tensors) {
            const Json& one = seen["tensors"][tensor.name];
            QVERIFY(one["dtype"] == toString(tensor.dtype) && one["shape"] == Json(tensor.shape) &&
                    one["sha256"] == sha256Hex(tensor.data));
        }
        for (const auto& [key, value] : owned.metadata) QVERIFY(seen["metadata"][key] == value);
    }
}

void TestSafetensors::flipsAreDetected() {
    std::mt19937 rng(2000);
    File weights(400);
    for (auto& b : weights) b = std::uint8_t(rng());
    const File good =
        *encodeSafetensors({{"w", DType::F32, {100}, weights}}, {{"imago.family", "diffusion"}, {"imago.config", "{\"a\":1}"}});
    int detected = 0;
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {  // every single bit
        File file = good;
        file[bit / 8] ^= std::uint8_t(1U << (bit % 8));
        const auto read = SafetensorsFile::parse(file, "x");
        if (read) qWarning("bit %zu was not noticed", bit);
        QVERIFY(!read);
        ++detected;
    }
    for (int i = 0; i < 2000; ++i) {  // a byte
        File file = good;
        const std::size_t at = rng() % file.size();
        file[at] = std::uint8_t(file[at] + 1 + rng() % 255);
        QVERIFY(!SafetensorsFile::parse(file, "x"));
        ++detected;
    }
    qInfo("changed=%d detected=%d", detected, detected);
}

void TestSafetensors::truncationsAreDetected() {
    const File weights(400, 3);
    const File good = *encodeSafetensors({{"w", DType::F32, {100}, weights}}, {{"imago.family", "x"}});
    for (std::size_t length = 0; length < good.size(); ++length)
        QVERIFY(!SafetensorsFile::parse(File(good.begin(), good.begin() + long(length)), "x"));
    File longer = good;
    longer.push_back(0);
    QVERIFY(!SafetensorsFile::parse(longer, "x"));
}

void TestSafetensors::missingHashIsDetected() {
    const auto read = SafetensorsFile::parse(handMade(R"({"__metadata__":{"imago.family":"gan"}})"), "x");
    QVERIFY(!read && read.error().text().find("HashMissing") != std::string::npos);
    const auto wrong = SafetensorsFile::parse(handMade(R"({"__metadata__":{"imago.sha256":"00"}})"), "x");
    QVERIFY(!wrong && wrong.error().text().find("HashMismatch") != std::string::npos);
}

void TestSafetensors::survivesDamagedHeaders() {
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

void TestSafetensors::countsNonFinite() {  // rule 14
    const float values[] = {1, -0.0F, INFINITY, -INFINITY, NAN, 3e38F};
    File raw(sizeof values);
    std::memcpy(raw.data(), values, sizeof values);
    const auto file = encodeSafetensors({{"w", DType::F32, {6}, raw}}, {});
    const auto read = SafetensorsFile::parse(*file, "x");  // accepted
    QCOMPARE(countNonFinite(*read->find("w")), std::size_t(3));
    const File half{0x00, 0x7C, 0xFF, 0x7B, 0x01, 0xFC}, brain{0x80, 0x7F, 0x7F, 0x7F, 0xC0, 0xFF};
    QCOMPARE(countNonFinite({"h", DType::F16, {3}, half}), std::size_t(2));
    QCOMPARE(countNonFinite({"b", DType::BF16, {3}, brain}), std::size_t(2));
    QCOMPARE(countNonFinite({"i", DType::I32, {1}, Bytes(raw).first(4)}), std::size_t(0));
    const double wide[] = {1, NAN};
    File w(16);
    std::memcpy(w.data(), wide, 16);
    QCOMPARE(countNonFinite({"d", DType::F64, {2}, w}), std::size_t(1));
}

QTEST_APPLESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
