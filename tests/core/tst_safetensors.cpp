// links: imago_base
// Safetensors that we wrote: round trips, an independent reader, damage.
#include "core/tensor/safetensors.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

#include <cstring>
#include <random>

#include "core/base/json.h"

using namespace imago;

namespace {

using File = std::vector<std::uint8_t>;

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
    void readsPieceByPiece();
    void readsFromDisk();
    void roundTrips();
    void bytesDependOnContentsOnly();
    void writerRefuses();
    void independentReaderAgrees();
    void flipsAreDetected();
    void truncationsAreDetected();
    void countsNonFinite();
};

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
