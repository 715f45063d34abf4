// links: imago_ml JPEG::JPEG
// T-DATA: a folder of a thousand pictures as people have them: cut off, empty, renamed, CMYK, 16 bit, one pixel, absurdly
// large, links in circles, unreadable, twice the same, names of every kind. What cannot be used is named with its reason,
// all of it and nothing else, and training proceeds with the rest.
#include <cstdio>

#include <jpeglib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/data/inspect_job.h"
#include "core/data/sources.h"
#include "core/engine/run.h"
#include "core/image/image.h"
#include "core/image/jpeg.h"
#include "core/image/png.h"
#include "core/train/train_job.h"
#include "tests/support/fake_context.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

using Buffer = std::vector<std::uint8_t>;
constexpr int kFiles = 1000;

void writeBytes(const fs::path& path, const Buffer& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// Noise, so that no two are alike and a cut is always inside the pixels.
Image noisePicture(std::uint64_t number, int width = 24, int height = 20, int channels = 3) {
    Image image(width, height, channels);
    for (std::size_t i = 0; i < image.byteCount(); ++i)
        image.data()[i] = static_cast<std::uint8_t>(randomBelow({7, Purpose::Test, number}, static_cast<std::uint32_t>(i), 256));
    return image;
}

Buffer cmykJpeg(std::uint64_t number) {
    jpeg_compress_struct c{};
    jpeg_error_mgr errors{};
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&c, &bytes, &size);
    c.image_width = 24;
    c.image_height = 16;
    c.input_components = 4;
    c.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&c);
    jpeg_start_compress(&c, TRUE);
    const Image image = noisePicture(number, 24, 16, 4);
    for (int y = 0; y < 16; ++y) {
        JSAMPROW row = const_cast<JSAMPLE*>(image.row<std::uint8_t>(y));
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    Buffer out(bytes, bytes + size);
    jpeg_destroy_compress(&c);
    std::free(bytes);
    return out;
}

// Valid headers that promise 20000 x 20000 pixels.
Buffer hugePng() {
    Buffer bytes = *encodePng(noisePicture(1));
    const std::uint8_t side[4] = {0, 0, 0x4e, 0x20};
    std::copy(side, side + 4, bytes.begin() + 16);
    std::copy(side, side + 4, bytes.begin() + 20);
    std::uint32_t crc = 0xffffffffu;  // of "IHDR" and its 13 bytes
    for (std::size_t i = 12; i < 29; ++i) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
    }
    crc = ~crc;
    for (std::size_t i = 0; i < 4; ++i) bytes[29 + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
    return bytes;
}
Buffer hugeJpeg() {
    Buffer bytes = *encodeJpeg(noisePicture(2));
    for (std::size_t i = 0; i + 8 < bytes.size(); ++i)
        if (bytes[i] == 0xff && (bytes[i + 1] == 0xc0 || bytes[i + 1] == 0xc2)) {  // SOF: length, depth, height, width
            bytes[i + 5] = bytes[i + 7] = 0x4e;
            bytes[i + 6] = bytes[i + 8] = 0x20;
            break;
        }
    return bytes;
}

// Who may read everything cannot be refused: for a while, an ordinary user. Real ids too, since access() asks for those.
class OrdinaryUser {
  public:
    OrdinaryUser() {
        if (::geteuid() == 0) m_changed = ::setresgid(65534, 65534, 0) == 0 && ::setresuid(65534, 65534, 0) == 0;
    }
    ~OrdinaryUser() {
        if (m_changed && (::setresuid(0, 0, 0) != 0 || ::setresgid(0, 0, 0) != 0)) qFatal("cannot be root again");
    }
    OrdinaryUser(const OrdinaryUser&) = delete;
    OrdinaryUser& operator=(const OrdinaryUser&) = delete;

  private:
    bool m_changed = false;
};

}  // namespace

class DataFolderTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    fs::path m_root;
    std::map<std::string, std::string> m_bad;  // printable name -> part of its reason
    std::size_t m_written = 0, m_good = 0;

    // One file in one of five classes; named bad ones must be skipped with this reason.
    fs::path place(const std::string& name, const std::string& badBecause = {}) {
        const std::string folder = "class " + std::to_string(m_written++ % 5);
        if (badBecause.empty())
            ++m_good;
        else
            m_bad[printableName(folder + "/" + name)] = badBecause;
        return m_root / folder / name;
    }

    void placeBad() {
        for (std::uint64_t i = 0; i < 15; ++i) {
            Buffer png = *encodePng(noisePicture(100 + i)), jpeg = *encodeJpeg(noisePicture(200 + i, 64, 64));
            png.resize(40 + randomBelow({7, Purpose::Test, 1}, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(png.size()) - 60));
            jpeg.resize(4 +
                        randomBelow({7, Purpose::Test, 2}, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(jpeg.size()) - 200));
            writeBytes(place("cut" + std::to_string(i) + ".png", "cannot be read as a PNG"), png);
            writeBytes(place("cut" + std::to_string(i) + ".jpg", "cannot be read as a JPEG"), jpeg);
        }
        for (int i = 0; i < 10; ++i) {
            writeBytes(place("empty" + std::to_string(i) + (i % 2 ? ".jpeg" : ".png"), "the file is empty"), {});
            const std::string words = "Dear diary, this is no picture at all. " + std::to_string(i);
            writeBytes(place("words" + std::to_string(i) + (i % 2 ? ".jpg" : ".png"), "is not a picture"),
                       Buffer(words.begin(), words.end()));
        }
        for (int i = 0; i < 3; ++i) {
            writeBytes(place("huge" + std::to_string(i) + ".png", "too large"), hugePng());
            writeBytes(place("huge" + std::to_string(i) + ".jpg", "too large"), hugeJpeg());
        }
        fs::create_symlink("self.png", place("self.png", "leads nowhere"));
        fs::create_symlink("ping.png", place("pong.png", "leads nowhere"));
        fs::create_symlink(m_root / "nothing.jpg", place("dangling.jpg", "leads nowhere"));
        QCOMPARE(::mkfifo(place("pipe.png", "not a file").c_str(), 0644), 0);
        for (int i = 0; i < 4; ++i) {
            const fs::path locked = place("locked" + std::to_string(i) + ".png", "ermission denied");
            writeBytes(locked, *encodePng(noisePicture(300)));
            ::chmod(locked.c_str(), 0);
        }
    }

    void placeOddButGood() {
        const Buffer twice = *encodePng(noisePicture(400));
        for (std::uint64_t i = 0; i < 20; ++i) {
            writeBytes(place("cmyk" + std::to_string(i) + ".jpg"), cmykJpeg(500 + i));
            writeBytes(place("deep" + std::to_string(i) + ".png"), *encodePng(withType(noisePicture(600 + i), PixelType::U16)));
            writeBytes(place("twice" + std::to_string(i) + ".png"), twice);
        }
        for (std::uint64_t i = 0; i < 5; ++i) {
            writeBytes(place("one" + std::to_string(i) + ".png"), *encodePng(noisePicture(700 + i, 1, 1)));
            writeBytes(place("clear" + std::to_string(i) + ".png"), *encodePng(noisePicture(710 + i, 9, 9, 4)));
            writeBytes(place("wide" + std::to_string(i) + ".png"), *encodePng(noisePicture(720 + i, 900, 2)));
        }
        for (const char* name : {"with space .PNG", "数据集é🙂.png", "e\xcc\x81.png", "שלום.png", "new\nline.png",
                                 "\"quoted\" 'and' $HOME;.png", "bytes\xff\xfe\x80.png", "-rf.png", "100%.png", "a\tb.png"})
            writeBytes(place(name), *encodePng(noisePicture(800 + m_written)));
        writeBytes(place(std::string(245, 'n') + ".png"), *encodePng(noisePicture(801)));
    }

  private Q_SLOTS:
    void initTestCase() {
        ::chmod(m_folder.path().toStdString().c_str(), 0755);
        m_root = fs::path(m_folder.path().toStdString()) / "thousand";
        for (int i = 0; i < 5; ++i) fs::create_directories(m_root / ("class " + std::to_string(i)));
        placeBad();
        placeOddButGood();
        for (std::uint64_t i = 0; m_written < kFiles; ++i) {
            const std::string name = std::string("p").append(std::to_string(i));
            if (i % 3)
                writeBytes(place(name + ".png"), *encodePng(noisePicture(2000 + i)));
            else
                writeBytes(place(name + ".jpg"), *encodeJpeg(noisePicture(2000 + i)));
        }
        QCOMPARE(m_good + m_bad.size(), std::size_t(kFiles));
        // Beside them: folders in circles, a locked folder, things that are not pictures and do not claim to be.
        fs::create_directory_symlink(m_root, m_root / "class 1" / "around");
        fs::create_directory_symlink("loop", m_root / "class 2" / "loop");
        fs::create_directories(m_root / "class 3" / "locked");
        writeBytes(m_root / "class 3" / "locked" / "unseen.png", *encodePng(noisePicture(3)));
        ::chmod((m_root / "class 3" / "locked").c_str(), 0);
        m_bad["class 3/locked"] = "may not be read";
        m_bad["class 1/around"] = "not followed";
        writeBytes(m_root / "Thumbs.db", Buffer(10, 1));
        writeBytes(m_root / "class 0" / "notes.txt", Buffer(10, 1));
    }
    void cleanupTestCase() {
        ::chmod((m_root / "class 3" / "locked").c_str(), 0755);
        fs::remove_all(m_folder.path().toStdString());  // QTemporaryDir does not manage names that are not UTF-8
    }

    void exactlyTheBadOnesAreSkippedEachWithItsReason() {
        QElapsedTimer time;
        time.start();
        DatasetOptions options;
        options.resolution = 16;
        const auto opened = [&] {
            const OrdinaryUser user;
            return openDataset("folder:" + m_root.string(), options);
        }();
        QVERIFY2(opened.ok(), opened ? "" : opened.error().text().c_str());
        const Dataset& data = **opened;
        std::map<std::string, std::string> reasons;
        for (const SkippedItem& item : data.skipped()) {
            QVERIFY2(!reasons.contains(item.name), item.name.c_str());
            reasons[item.name] = item.reason.text();
        }
        for (const auto& [name, why] : m_bad) {
            QVERIFY2(reasons.contains(name), (name + " was passed over in silence").c_str());
            QVERIFY2(reasons[name].find(why) != std::string::npos, (name + ": " + reasons[name]).c_str());
        }
        for (const auto& [name, why] : reasons) QVERIFY2(m_bad.contains(name), (name + ": " + why).c_str());
        QCOMPARE(data.size(), m_good);
        QCOMPARE(data.ignored(), std::size_t(2 + 1));  // Thumbs.db, notes.txt, the link to itself that claims nothing
        QCOMPARE(data.shape().channels, 3);
        QCOMPARE(data.shape().classNames.size(), std::size_t(5));
        std::set<std::string> names;
        for (std::size_t i = 0; i < data.size(); ++i) names.insert(data.nameOf(i));
        QCOMPARE(names.size(), data.size());
        QVERIFY(std::any_of(names.begin(), names.end(), [](const auto& name) { return name.ends_with("bytes\\xff\\xfe\\x80.png"); }));
        QVERIFY(std::any_of(names.begin(), names.end(), [](const auto& name) { return name.ends_with("new\\x0aline.png"); }));
        std::printf("T-DATA: files=%d used=%zu skipped=%zu ignored=%zu crashes=0 seconds=%.2f\n", kFiles, data.size(), reasons.size(),
                    data.ignored(), double(time.elapsed()) / 1000);
    }

    // The report that `imago inspect` and the window show has every one of them too, and survives as JSON.
    void theReportNamesThemAll() {
        const OrdinaryUser user;
        InspectDataRequest request;
        request.data = "folder:" + m_root.string();
        request.resolution = 16;
        test::FakeContext context;
        const auto job = makeInspectDataJob(request);
        QVERIFY(job);
        QVERIFY((*job)->step(context).ok());
        const auto report = (*job)->finish(FinishReason::Done, context);
        QVERIFY(report);
        QCOMPARE((*report)["count"].get<std::size_t>(), m_good);
        QCOMPARE((*report)["skipped"].size(), m_bad.size());
        const auto again = parseJson(report->dump(), "report");  // dump() throws at bytes that are not UTF-8
        QVERIFY(again && *again == *report);
    }

    void trainingProceedsAndSaysWhatItLeftOut() {
        const fs::path run = fs::path(m_folder.path().toStdString()) / "run";
        fs::create_directories(run);
        fs::permissions(run, fs::perms::all);
        const OrdinaryUser user;
        TrainRequest request;
        request.family = "diffusion";
        request.data = "folder:" + m_root.string();
        request.run = (run / "r").string();
        request.steps = 3;
        request.threads = "1";
        request.config = Json::parse(R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": ""},
                                         "optimizer": {"batch": 8}, "data": {"resolution": 16}, "run": {"preview_seconds": 0}})");
        test::FakeContext context;
        const auto job = makeTrainJob(request, {"cpu", "1"});
        QVERIFY2(job.ok(), job ? "" : job.error().text().c_str());
        for (;;) {
            const auto more = (*job)->step(context);
            QVERIFY2(more.ok(), more ? "" : more.error().text().c_str());
            if (*more == Slice::Done) break;
        }
        const auto result = (*job)->finish(FinishReason::Done, context);
        QVERIFY2(result.ok(), result ? "" : result.error().text().c_str());
        QCOMPARE((*result)["steps"].get<int>(), 3);
        const auto notices = context.notices("data");
        QCOMPARE(notices.size(), std::size_t(1));
        QVERIFY2(notices[0].text.text().starts_with(std::to_string(m_bad.size()) + " files"), notices[0].text.text().c_str());
        const auto reader = RunReader::open(run / "r");
        QVERIFY(reader);
        QCOMPARE((*reader)->info().json["items"].get<std::size_t>(), m_good);
    }

    void moreThanHalfBadIsAnError() {
        const fs::path root = fs::path(m_folder.path().toStdString()) / "half";
        fs::create_directories(root);
        const Buffer good = *encodePng(noisePicture(5));
        for (int i = 0; i < 500; ++i) {
            writeBytes(root / ("good" + std::to_string(i) + ".png"), good);
            writeBytes(root / ("bad" + std::to_string(i) + ".png"), {});
        }
        QVERIFY(openDataset("folder:" + root.string()).ok());  // half is half
        fs::rename(root / "good0.png", root / "good0.txt");
        writeBytes(root / "one more.png", {});
        const auto opened = openDataset("folder:" + root.string());
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::BadInput);
        QVERIFY2(opened.error().text().find("501 of the 1000") != std::string::npos, opened.error().text().c_str());
        QVERIFY2(opened.error().text().find("the file is empty") != std::string::npos, opened.error().text().c_str());
        // Links that lead nowhere are as bad; formats that are not read here do not count as damage.
        const fs::path links = fs::path(m_folder.path().toStdString()) / "links";
        fs::create_directories(links);
        for (int i = 0; i < 3; ++i) writeBytes(links / ("good" + std::to_string(i) + ".png"), good);
        for (int i = 0; i < 5; ++i) writeBytes(links / ("other" + std::to_string(i) + ".heic"), good);
        QVERIFY(openDataset("folder:" + links.string()).ok());
        for (int i = 0; i < 4; ++i) fs::create_symlink("nowhere", links / ("link" + std::to_string(i) + ".png"));
        const auto dangling = openDataset("folder:" + links.string());
        QVERIFY(!dangling);
        QVERIFY2(dangling.error().text().find("4 of the 7") != std::string::npos, dangling.error().text().c_str());
    }
};

QTEST_GUILESS_MAIN(DataFolderTest)
#include "tst_data_folder.moc"
