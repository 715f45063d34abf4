// links: imago_ui
// Runs over time, as a user lives with them: stopped, gone on with, made longer, changed while they learn, found again.
#include <QApplication>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QTest>

#include "tests/support/studio_fixture.h"
#include "ui/actions.h"
#include "ui/bridge/core_text.h"
#include "ui/forms/field_row.h"
#include "ui/forms/schema_form.h"
#include "ui/plots/loss_plot.h"
#include "ui/plots/qcustomplot_wrapper.h"
#include "ui/theme/measures.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/filmstrip.h"
#include "ui/widgets/sample_grid.h"
#include "ui/workspaces/train/runs_list.h"

using namespace imago;
using imago::test::StudioFixture;

namespace {

void typeInto(FieldRow* row, const QString& text) {
    auto* edit = row->findChild<QLineEdit*>();
    edit->selectAll();
    QTest::keyClicks(edit, text);
    QTest::keyClick(edit, Qt::Key_Return);
}

}  // namespace

class TestRuns : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void discardingAsksFirst() {
        StudioFixture f;
        RunRecord* record = f.startTraining(20);
        TrainWorkspace* train = f.train();
        train->discardCurrent();
        QVERIFY(train->discardQuestion());
        QVERIFY(f.mock->calls.empty());
        train->discardCurrent();  // asks once
        QTest::keyClick(train->discardQuestion(), Qt::Key_Escape);
        QTRY_VERIFY(!train->discardQuestion());
        QCOMPARE(record->state(), RunState::Running);
        (*f.window->actions())["train-discard"]->trigger();
        QTest::mouseClick(train->discardQuestion()->findChild<QPushButton*>("discard"), Qt::LeftButton);
        QTRY_COMPARE(record->state(), RunState::Stopped);
        QCOMPARE(f.mock->calls.back(), std::string("discard"));
    }
    void discardingWhatIsSavedDoesNotAsk() {
        StudioFixture f;
        RunRecord* record = f.startTraining(20);
        f.train()->controlCurrent("save_now");
        QTRY_VERIFY(!record->unsaved());
        f.train()->discardCurrent();
        QVERIFY(!f.train()->discardQuestion());
        QTRY_COMPARE(record->state(), RunState::Stopped);
    }
    void goesOnWithItsOwnSettings() {
        StudioFixture f;
        RunRecord* record = f.startTraining(50);
        f.train()->stopCurrent(true);
        QTRY_COMPARE(record->state(), RunState::Stopped);
        QTest::mouseClick(f.train()->live()->continueButton(), Qt::LeftButton);
        QVERIFY(f.mock->lastRequest.resume);
        QCOMPARE(f.mock->lastRequest.run, record->folder());
        QVERIFY(f.mock->lastRequest.config.empty());  // a setting changed while it learned is not taken back
        QTRY_COMPARE(record->state(), RunState::Running);
        QCOMPARE(f.train()->list()->count(), 1);
    }
    void aFinishedRunCanTrainLonger() {
        StudioFixture f;
        RunRecord* record = f.startTraining(50);
        f.mock->trainedSeconds = 90;
        f.mock->finish(f.mock->lastTraining, FinishReason::Done);
        QTRY_COMPARE(record->state(), RunState::Finished);
        LiveView* live = f.train()->live();
        QVERIFY(!live->continueButton()->isVisible());
        QVERIFY(live->moreButton()->isVisible());
        live->moreButton()->menu()->actions()[1]->trigger();
        QVERIFY(f.mock->lastRequest.resume);
        QCOMPARE(f.mock->lastRequest.minutes.value_or(0), 1.5 + 20);
    }
    void aChangedSettingIsRememberedAndMarked() {
        StudioFixture f;
        RunRecord* first = f.startTraining(50);
        typeInto(f.train()->setup()->liveForm()->row("optimizer.rate"), "0.0005");
        f.mock->tell(f.mock->lastTraining, LiveChanged{"optimizer.rate", 0.001, 0.0005, 40});
        QTRY_COMPARE(first->marks().size(), std::size_t(1));
        // Away to another run and back: the form shows what it trains with now.
        f.train()->newRun();
        QVERIFY(!f.train()->current());
        f.train()->openRun(first->folder());
        QVERIFY(f.train()->setup()->showsLive());
        QCOMPARE(f.train()->setup()->liveForm()->row("optimizer.rate")->value().get<double>(), 0.0005);
        // Told on the curve in the reader's words, not as a key.
        LossPlot* plot = f.train()->live()->plot();
        plot->repaintNow();
        QCOMPARE(plot->marksAt(40), QStringList{"Learning rate changed from 0.001 to 0.0005."});
        QVERIFY(plot->marksAt(5).isEmpty());
        f.window->setLanguage("zh_CN");
        QVERIFY(plot->marksAt(40).value(0).contains("学习率"));
        f.window->setLanguage("en");
    }
    // Before the events had types a changed setting was told in words.
    void anOlderRunTellsItsChangesInNotices() {
        StudioFixture f;
        const std::string folder = f.folder.filePath("older").toStdString();
        RunInfo info;
        info.json["family"] = "diffusion";
        info.json["resolved"] = {{"optimizer", {{"rate", 0.001}}}};
        info.json["metric_names"] = {"loss"};
        auto writer = RunWriter::create(folder, info);
        QVERIFY(writer.ok());
        QVERIFY((*writer)->appendMetrics({{0, {1.0F}}, {1, {0.5F}}}).ok());
        Notice notice{NoticeLevel::Info, "live", {ErrorCode::Internal, "{key} changed from {from} to {to}."}, 1};
        notice.text.args = {{"key", "optimizer.rate"}, {"from", "0.001"}, {"to", "0.0005"}};
        QVERIFY((*writer)->appendEvent(Event{1, 1, notice}).ok());
        writer->reset();
        RunRecord* record = f.train()->openRun(folder);
        QTRY_COMPARE(record->lastStep(), 1);
        const auto config = record->config(f.train()->setup()->catalogue().find("diffusion"));
        QVERIFY(config);
        QCOMPARE((*config)["optimizer"]["rate"].get<double>(), 0.0005);
        QCOMPARE(record->marks().size(), std::size_t(1));
        QCOMPARE(errorText(record->marks()[0].what), QString("Learning rate changed from 0.001 to 0.0005."));
    }
    // What came after the step that it goes on from is learned anew, whoever says why.
    void goingBackTakesTheRowsAway() {
        StudioFixture f;
        RunRecord* record = f.startTraining(100);
        QTRY_COMPARE(record->lastStep(), 99);
        f.mock->tell(f.mock->lastTraining, Resumed{40});
        QTRY_COMPARE(record->lastStep(), 39);
        QVERIFY(record->frames().back().step <= 40);
    }
    // Its settings may be changed once it has begun, from what the engine has made of them.
    void liveSettingsComeWithTheRun() {
        StudioFixture f;
        f.mock->holdStart = true;
        f.train()->startWith("fashion-mnist", "quick");
        QCoreApplication::processEvents();
        QVERIFY(f.train()->setup()->showsLive());
        QVERIFY(!f.train()->setup()->liveForm()->isVisible());
        f.mock->begin(f.mock->lastTraining);
        QTRY_VERIFY(f.train()->setup()->liveForm()->isVisible());
        QVERIFY(f.train()->setup()->liveForm()->row("optimizer.rate"));
    }
    void newRunEmptiesTheMiddle() {
        StudioFixture f;
        RunRecord* record = f.startTraining(20);
        (*f.window->actions())["new-run"]->trigger();
        QVERIFY(!f.train()->current());
        QVERIFY(!f.train()->setup()->showsLive());
        QVERIFY(!f.train()->live()->pauseButton()->isVisible());
        QCOMPARE(record->state(), RunState::Running);  // goes on meanwhile
        QCOMPARE(f.train()->list()->count(), 1);
    }
    void startKeyDoesNotStartTwice() {
        StudioFixture f;
        f.startTraining(20);
        const JobId job = f.mock->lastTraining;
        QVERIFY(!(*f.window->actions())["train-start"]->isEnabled());
        QTest::keyClick(f.window.get(), Qt::Key_F5);
        QCOMPARE(f.mock->lastTraining, job);
    }
    void listShowsWhatRunsMade() {
        StudioFixture f;
        RunRecord* record = f.startTraining(100);
        const std::string folder = record->folder();
        f.mock->finish(f.mock->lastTraining, FinishReason::Done);
        QTRY_COMPARE(record->state(), RunState::Finished);
        RunGlance glance = glanceAt(folder);
        QVERIFY(glance.known);
        QCOMPARE(glance.state, RunState::Finished);
        QCOMPARE(glance.lastStep, 99);
        QVERIFY(!glance.picture.image.isNull());
        QCOMPARE(glance.picture.columns, 8);
        // A window that has not opened it knows it too.
        TrainWorkspace other({&f.bridge, imago::test::realCatalogue(), f.folder.filePath("runs").toStdString()});
        other.listRunsFolder();
        QTRY_VERIFY(other.newestRun()->glance().known);
        QCOMPARE(other.newestRun()->glance().lastStep, 99);
        QVERIFY(!other.newestRun()->loaded());
        QCOMPARE(glanceAt(f.folder.filePath("nothing").toStdString()).state, RunState::Failed);
    }
    void aHeldMomentIsMarkedOnTheCurve() {
        StudioFixture f;
        RunRecord* record = f.startTraining(1000);
        LiveView* live = f.train()->live();
        QTRY_VERIFY(record->frames().size() > 20);
        QCoreApplication::processEvents();
        live->plot()->repaintNow();
        Filmstrip* film = live->filmstrip();
        const int wanted = 12;
        const double step = double(record->frames()[std::size_t(wanted)].step);
        QTest::mouseClick(film, Qt::LeftButton, {}, QPoint(int(film->xOf(wanted)), 20));
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(film, &leave);
        QCOMPARE(film->pinned(), wanted);
        QCOMPARE(live->plot()->cursorStep(), step);
        QCOMPARE(live->grid()->shownFrame(), wanted);
        // Over the plot and away again: the mark comes back.
        QTest::mouseMove(live->plot()->plot(), QPoint(measure::plotLeft + 40, 40));
        QApplication::sendEvent(live->plot()->plot(), &leave);
        QCOMPARE(live->plot()->cursorStep(), step);
        QTest::keyClick(film, Qt::Key_Escape);
        QCOMPARE(film->pinned(), -1);
        QCOMPARE(live->grid()->shownFrame(), int(record->frames().size()) - 1);
    }
    void keysMoveTheCursor() {
        StudioFixture f;
        f.startTraining(1000);
        LossPlot* plot = f.train()->live()->plot();
        plot->repaintNow();
        QCOMPARE(plot->plot()->focusPolicy(), Qt::StrongFocus);
        QTest::keyClick(plot->plot(), Qt::Key_Home);
        QCOMPARE(plot->cursorStep(), 0.0);
        QTest::keyClick(plot->plot(), Qt::Key_Right);
        QCOMPARE(plot->cursorStep(), 10.0);
        QCOMPARE(f.train()->live()->grid()->shownFrame(), 4);  // previews at 0, 1, 2, 4, 8
        QTest::keyClick(plot->plot(), Qt::Key_Escape);
        QCOMPARE(plot->cursorStep(), -1.0);
    }
    void aSaveThatFailsKeepsTheWindow() {
        StudioFixture f;
        RunRecord* record = f.startTraining(20);
        f.mock->holdStop(true);
        QVERIFY(!f.window->close());
        QTest::mouseClick(f.window->closeQuestion()->findChild<QPushButton*>("close-save"), Qt::LeftButton);
        f.mock->fail(f.mock->lastTraining, Error{ErrorCode::Disk, "The disk is full.", {}, "Make room and start again."});
        QTRY_COMPARE(record->state(), RunState::Failed);
        QVERIFY(f.window->isVisible());
        QVERIFY(f.train()->live()->banner()->isVisible());
        QVERIFY(f.window->close());
    }
};

QTEST_MAIN(TestRuns)
#include "tst_runs.moc"
