// links: imago_ui
// The window stays quick while the real engine trains: a 5 ms heartbeat on the GUI thread never misses 50 ms.
#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include "tests/support/studio_fixture.h"
#include "ui/plots/loss_plot.h"
#include "ui/widgets/sample_grid.h"
#include "ui/widgets/state_pill.h"

using namespace imago;
using imago::test::StudioFixture;

namespace {

// Milliseconds this thread was ready to run while other programs had the processor (Linux, schedstat's second figure).
double waitedForProcessorMs() {
    QFile file("/proc/thread-self/schedstat");
    if (!file.open(QIODevice::ReadOnly)) return 0;
    const QList<QByteArray> fields = file.readAll().split(' ');
    return fields.size() > 1 ? fields[1].toDouble() / 1e6 : 0;
}

class Heartbeat : public QObject {
  public:
    Heartbeat() {
        m_timer.setTimerType(Qt::PreciseTimer);
        m_timer.setInterval(5);
        connect(&m_timer, &QTimer::timeout, this, [this] { beat(); });
    }
    void start() {
        m_clock.start();
        m_waited = waitedForProcessorMs();
        m_timer.start();
    }
    double longestGap = 0;    // between two beats
    double longestStall = 0;  // the same, without the time that others kept the processor
    int beats = 0;

  private:
    void beat() {
        const double gap = double(m_clock.nsecsElapsed()) / 1e6, waited = waitedForProcessorMs();
        longestGap = std::max(longestGap, gap);
        longestStall = std::max(longestStall, gap - (waited - m_waited));
        m_waited = waited;
        m_clock.start();
        ++beats;
    }
    QTimer m_timer;
    QElapsedTimer m_clock;
    double m_waited = 0;
};

TrainRequest tiny(const StudioFixture& f, std::int64_t steps) {
    TrainRequest request;
    request.family = "diffusion";
    request.data = "shapes:512";
    request.run = f.folder.filePath("runs/tiny").toStdString();
    request.config = Json::parse(
        R"({"network": {"size": "custom", "channels": 8, "multipliers": "1,2", "blocks": 1, "attention": "", "head_channels": 8},
                                     "optimizer": {"batch": 8}, "run": {"preview_seconds": 1, "preview_count": 8}})");
    request.steps = steps;
    request.seed = 5;
    return request;
}

}  // namespace

class TestResponsive : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void trainsWithoutAStall() {
        StudioFixture f(false);
        f.window->showWorkspace(f.train());
        QCoreApplication::processEvents();
        Heartbeat heart;
        heart.start();
        QSignalSpy ready(&f.bridge, &StudioBridge::engineReady), failed(&f.bridge, &StudioBridge::engineFailed);
        const std::string module = qEnvironmentVariable("IMAGO_ENGINE", IMAGO_BINARY_DIR "/app/libimago_engine.so").toStdString();
        f.bridge.openLater([module] { return openEngine(StudioOptions{}, module); });
        QTRY_VERIFY_WITH_TIMEOUT(ready.count() + failed.count() > 0, 60000);
        QVERIFY2(failed.isEmpty(), f.bridge.loadError() ? f.bridge.loadError()->text().c_str() : "");
        f.train()->start(tiny(f, 100'000));
        RunRecord* record = f.train()->current();
        QVERIFY(record);
        // Long enough for previews, checkpoints and many repaints; the user plays with the curve meanwhile.
        QTRY_VERIFY_WITH_TIMEOUT(record->lastStep() > 50 && record->frames().size() >= 4, 120000);
        f.train()->live()->plot()->setLogScale(true);
        f.window->setTheme(false);
        f.window->resize(1300, 800);
        const std::int64_t before = record->lastStep();
        QTRY_VERIFY_WITH_TIMEOUT(record->lastStep() > before + 50, 120000);
        QVERIFY(record->state() == RunState::Running);
        qInfo("heartbeat: %d beats, longest gap %.1f ms, of which the window's own %.1f ms; %lld steps", heart.beats, heart.longestGap,
              heart.longestStall, static_cast<long long>(record->lastStep()));
        QVERIFY2(heart.longestStall <= 50, qPrintable(QString("%1 ms").arg(heart.longestStall)));
        f.shot("responsive");
        f.train()->stopCurrent(true);
        QTRY_COMPARE_WITH_TIMEOUT(record->state(), RunState::Stopped, 60000);
        QVERIFY(!record->marks().empty());                                     // it saved
        QTRY_VERIFY(f.train()->live()->findChild<StatePill*>()->isVisible());  // and says that it stopped
        // Reopened from its files it is the same run.
        RunRecord again(record->folder());
        again.load();
        QTRY_VERIFY_WITH_TIMEOUT(again.loaded(), 20000);
        QCOMPARE(again.lastStep(), record->lastStep());
        const MetricSeries &a = record->curves().find("loss")->series, &b = again.curves().find("loss")->series;
        for (std::size_t i = 0; i < a.size(); ++i) QCOMPARE(b.raw(i), a.raw(i));
        QCOMPARE(again.frames().size(), record->frames().size());
        QCOMPARE(again.frames().back().image, record->frames().back().image);
        QVERIFY(f.window->close());
    }
};

QTEST_MAIN(TestResponsive)
#include "tst_responsive.moc"
