// links: imago_ui
// One engine behind both: a training started in the window and the same one started from the command line leave the same
// bytes, and samples of either are the same pictures.
#include <QDir>
#include <QImage>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include "tests/support/studio_fixture.h"

using namespace imago;
using imago::test::StudioFixture;

namespace {

constexpr int kSteps = 12;

QByteArray bytesOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

int runImago(const QStringList& arguments, QByteArray* errors) {
    QProcess process;
    process.start(QStringLiteral(IMAGO_BINARY_DIR "/app/imago"), arguments);
    process.waitForFinished(300000);
    *errors = process.readAllStandardError();
    return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
}

TrainRequest tiny(const QString& run) {
    TrainRequest request;
    request.family = "diffusion";
    request.data = "shapes:64";
    request.run = run.toStdString();
    request.config = Json::parse(
        R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "attention": "2", "head_channels": 8},
                                     "optimizer": {"batch": 8}, "run": {"preview_count": 4}})");
    request.steps = kSteps;
    request.seed = 11;
    request.threads = "1";
    return request;
}

}  // namespace

class TestWindowAndLine : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void sameBytes() {
        StudioFixture f(false);
        QSignalSpy ready(&f.bridge, &StudioBridge::engineReady), failed(&f.bridge, &StudioBridge::engineFailed);
        const std::string module = qEnvironmentVariable("IMAGO_ENGINE", IMAGO_BINARY_DIR "/app/libimago_engine.so").toStdString();
        f.bridge.openLater([module] { return openEngine(StudioOptions{}, module); });
        QTRY_VERIFY_WITH_TIMEOUT(ready.count() + failed.count() > 0, 60000);
        QVERIFY2(failed.isEmpty(), f.bridge.loadError() ? f.bridge.loadError()->text().c_str() : "");

        const QString window = f.folder.filePath("runs/window"), line = f.folder.filePath("runs/line");
        f.window->showWorkspace(f.train());
        f.train()->start(tiny(window));
        RunRecord* record = f.train()->current();
        QVERIFY(record);
        QTRY_COMPARE_WITH_TIMEOUT(record->state(), RunState::Finished, 120000);

        // The command line takes its settings from what the window's run recorded.
        QByteArray errors;
        QCOMPARE(runImago({"train", "--family", "diffusion", "--data", "shapes:64", "--config", window + "/run.json", "--steps",
                           QString::number(kSteps), "--seed", "11", "--threads", "1", "--out", line},
                          &errors),
                 0);

        const QString last = QStringLiteral("/checkpoints/%1/").arg(kSteps, 8, 10, QLatin1Char('0'));
        for (const QString& name : {QStringLiteral("weights.safetensors"), QStringLiteral("state.safetensors")}) {
            const QByteArray ours = bytesOf(window + last + name);
            QVERIFY2(!ours.isEmpty(), qPrintable(window + last + name));
            QCOMPARE(bytesOf(line + last + name), ours);
        }
        const QStringList previews = QDir(window + "/previews").entryList({"*.png"}, QDir::Files, QDir::Name);
        QVERIFY(previews.size() >= 4);  // steps 0, 1, 2, 4, 8
        for (const QString& name : {QStringLiteral("00000000.png"), QStringLiteral("00000008.png")})
            QCOMPARE(bytesOf(line + "/previews/" + name), bytesOf(window + "/previews/" + name));

        for (const QString& run : {window, line})
            QCOMPARE(runImago({"sample", run, "--count", "4", "--seed", "3", "--out", run + ".png"}, &errors), 0);
        // The files name their model, which lies in another folder; the pictures are the same.
        const QImage fromWindow(window + ".png"), fromLine(line + ".png");
        QVERIFY(!fromWindow.isNull());
        QCOMPARE(fromLine, fromWindow);
        QVERIFY(f.window->close());
    }
};

QTEST_MAIN(TestWindowAndLine)
#include "tst_window_and_line.moc"
