// links: imago_ui
// The Train workspace, driven as a user drives it, on an engine that plays a script.
#include <QAbstractItemView>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <fstream>

#include "tests/support/studio_fixture.h"
#include "ui/actions.h"
#include "ui/bridge/core_text.h"
#include "ui/forms/field_row.h"
#include "ui/forms/schema_form.h"
#include "ui/plots/loss_plot.h"
#include "ui/start_page.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/door.h"
#include "ui/widgets/filmstrip.h"
#include "ui/widgets/job_tray.h"
#include "ui/widgets/sample_grid.h"
#include "ui/widgets/state_pill.h"
#include "ui/widgets/status_strip.h"
#include "ui/workspaces/train/data_picker.h"
#include "ui/workspaces/train/preflight_note.h"

using namespace imago;
using imago::test::MockStudio;
using imago::test::StudioFixture;

namespace {

// Labels and buttons that get less room than their text needs.
QStringList clipped(QWidget* window) {
    QStringList found;
    for (QWidget* widget : window->findChildren<QWidget*>()) {
        if (!widget->isVisibleTo(window)) continue;
        const auto* label = qobject_cast<QLabel*>(widget);
        const auto* button = qobject_cast<QAbstractButton*>(widget);
        if (!label && !button) continue;
        const QString text = label ? label->text() : button->text();
        if (text.isEmpty()) continue;
        QSize need = widget->sizeHint();
        if (label && label->wordWrap()) need = QSize(0, label->heightForWidth(label->width()));
        // Half a pixel of rounding is not clipping.
        if (widget->width() + 1 < need.width() || widget->height() + 1 < need.height())
            found << QString("%1 “%2”: %3x%4 of %5x%6")
                         .arg(widget->metaObject()->className(), text)
                         .arg(widget->width())
                         .arg(widget->height())
                         .arg(need.width())
                         .arg(need.height());
    }
    return found;
}

QStringList allTexts(QWidget* window) {
    QStringList texts;
    for (QWidget* widget : window->findChildren<QWidget*>()) {
        if (auto* label = qobject_cast<QLabel*>(widget)) texts << label->text();
        if (auto* button = qobject_cast<QAbstractButton*>(widget)) texts << button->text();
        texts << widget->toolTip();
    }
    return texts;
}

}  // namespace

class TestTrainWorkspace : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void startMetricsPreviewPauseStop() {
        StudioFixture f;
        TrainWorkspace* train = f.train();
        f.window->showWorkspace(f.train());
        f.shot("empty");
        QTest::mouseClick(train->setup()->startButton(), Qt::LeftButton);
        QVERIFY(f.mock->lastTraining != 0);
        QCOMPARE(f.mock->lastRequest.family, std::string("diffusion"));
        QCOMPARE(f.mock->lastRequest.data, std::string("fashion-mnist"));
        QVERIFY(!f.mock->lastRequest.preset.empty());
        QTRY_COMPARE(train->live()->pill()->state(), RunState::Running);
        QVERIFY(train->setup()->showsLive());

        f.mock->play(f.mock->lastTraining, 300);
        RunRecord* record = train->current();
        QTRY_COMPARE(record->lastStep(), 299);
        QCOMPARE(record->curves().find("loss")->series.raw(7), MockStudio::lossAt(7));
        QCOMPARE(record->frames().front().step, 0);
        QVERIFY(record->frames().size() >= 9);
        QCOMPARE(train->live()->grid()->shownFrame(), int(record->frames().size()) - 1);
        QVERIFY(train->live()->timeLeft().contains("40 min"));
        QVERIFY(f.window->status()->figures().contains("214"));
        QVERIFY(f.window->status()->figures().contains("300"));
        QCOMPARE(f.window->tray()->active(), 1);

        QTest::mouseClick(train->live()->pauseButton(), Qt::LeftButton);
        QCOMPARE(f.mock->calls.back(), std::string("pause"));
        QTRY_COMPARE(train->live()->pill()->state(), RunState::Paused);
        QCOMPARE(train->live()->pauseButton()->text(), QString("Resume"));
        QTest::mouseClick(train->live()->pauseButton(), Qt::LeftButton);
        QTRY_COMPARE(train->live()->pill()->state(), RunState::Running);
        QTest::mouseClick(train->live()->sampleButton(), Qt::LeftButton);
        QCOMPARE(f.mock->calls.back(), std::string("sample_now"));
        QTRY_COMPARE(record->frames().back().step, 300);
        QTest::mouseClick(train->live()->saveButton(), Qt::LeftButton);
        QTRY_COMPARE(record->marks().size(), std::size_t(1));

        QTest::mouseClick(train->live()->stopButton(), Qt::LeftButton);
        QTRY_COMPARE(train->live()->pill()->state(), RunState::Stopped);
        QCOMPARE(f.mock->saved, 2);
        QVERIFY(!train->setup()->showsLive());
        QVERIFY(!train->live()->pauseButton()->isVisible());
        QVERIFY(train->unfinished().empty());
    }
    // Asked what it will take: the settings as they stand, an answer in words, forgotten when something changes.
    void whatWillItTake() {
        StudioFixture f;
        SetupPanel* setup = f.train()->setup();
        f.window->showWorkspace(f.train());
        QTRY_VERIFY(setup->preflight()->button()->isVisible());
        QTest::mouseClick(setup->preflight()->button(), Qt::LeftButton);
        QVERIFY(f.mock->lastPreflight != 0);
        QVERIFY(f.mock->lastRequest.run.empty());
        QCOMPARE(f.mock->lastTraining, JobId(0));
        QVERIFY(!setup->preflight()->button()->isEnabled());
        f.mock->endPreflight();
        QTRY_VERIFY(setup->preflight()->text().contains("1,234,567"));
        QVERIFY(setup->preflight()->text().contains("3 min") && setup->preflight()->text().contains("60,000"));
        QVERIFY(setup->preflight()->button()->isEnabled());
        f.shot("preflight");
        setup->chooseData("shapes");
        QCOMPARE(setup->preflight()->text(), QString());
    }

    // A model that copies pictures: a button shows them instead of the samples, in the rows they came in.
    void copiesBesideSamples() {
        StudioFixture f;
        RunRecord* record = f.startTraining(40);
        LiveView* live = f.train()->live();
        QTRY_VERIFY(live->grid()->shownFrame() >= 0);
        QVERIFY(!live->copiesButton()->isVisible());
        f.mock->copies(f.mock->lastTraining);
        QTRY_VERIFY(live->copiesButton()->isVisible());
        const std::size_t samples = record->frames().size();
        QCOMPARE(record->copies().size(), std::size_t(1));
        QTest::mouseClick(live->copiesButton(), Qt::LeftButton);
        QCOMPARE(live->grid()->shownFrame(), 0);
        QCOMPARE(live->grid()->arrange().columns, 7);
        f.shot("copies");
        QTest::mouseClick(live->copiesButton(), Qt::LeftButton);
        QCOMPARE(live->grid()->shownFrame(), int(samples) - 1);
        QVERIFY(live->grid()->arrange().columns > 0);
    }

    // What was left out of a folder stands under it, in the reader's language.
    void findingsStandUnderThePictures() {
        StudioFixture f;
        f.mock->finding = Error{
            ErrorCode::BadInput, IMAGO_TR("Unreadable and left out ({count}): {names}"), {{"count", "2"}, {"names", "x/a.png, x/b.jpg"}}};
        f.window->showWorkspace(f.train());
        f.train()->setup()->chooseData("folder:/pictures");
        const auto said = [&](const QString& words) {
            for (const QLabel* label : f.train()->setup()->dataPicker()->findChildren<QLabel*>())
                if (label->text().contains(words) || label->toolTip().contains(words)) return true;
            return false;
        };
        QTRY_VERIFY(said(QString::fromUtf8("Unreadable and left out (2): a.png, …")));
        QVERIFY(said("Unreadable and left out (2): x/a.png, x/b.jpg"));
        f.language.use("zh_CN");
        QTRY_VERIFY(said(QString::fromUtf8("无法读取，已跳过（2）")));
    }

    void stopWithoutSaving() {
        StudioFixture f;
        f.startTraining(20);
        f.train()->stopCurrent(false);
        QTRY_COMPARE(f.train()->current()->state(), RunState::Stopped);
        QCOMPARE(f.mock->calls.back(), std::string("discard"));
        QCOMPARE(f.mock->saved, 0);
    }
    void illegalCallsDoNothing() {
        StudioFixture f;
        TrainWorkspace* train = f.train();
        for (int i = 0; i < 3; ++i) train->pauseCurrent(), train->stopCurrent(true), train->stopCurrent(false);
        QVERIFY(f.mock->calls.empty());
        f.startTraining(5);
        for (int i = 0; i < 200; ++i) {
            if (!train->current()->job()) train->start(train->setup()->request());
            switch (i * 7 % 5) {
                case 0:
                    train->pauseCurrent();
                    break;
                case 1:
                    f.mock->play(f.mock->lastTraining, 1);
                    break;
                case 2:
                    train->stopCurrent(i % 2);
                    break;
                default:
                    break;
            }
            QCoreApplication::processEvents();
        }
        QVERIFY(f.window->isVisible());
    }
    void engineErrorStandsAtItsField() {
        StudioFixture f;
        TrainWorkspace* train = f.train();
        f.window->showWorkspace(f.train());
        Error error{ErrorCode::BadInput, "{key} is {value}; allowed is 1 to 4096.", {{"key", "batch"}, {"value", "0"}}};
        error.field = "optimizer.batch";
        f.mock->refuse(error);
        QTest::mouseClick(train->setup()->startButton(), Qt::LeftButton);
        FieldRow* row = train->setup()->form()->row("optimizer.batch");
        QVERIFY(row);
        QCOMPARE(row->error(), QString("batch is 0; allowed is 1 to 4096."));
        QVERIFY(!train->setup()->startError().isEmpty());
        QVERIFY(!train->live()->banner()->isVisible());
        QVERIFY(train->current() == nullptr);
        // Without a field: a banner with the remedy.
        f.mock->refuse(Error{ErrorCode::Disk, "The disk is full.", {}, "Make room and start again."});
        QTest::mouseClick(train->setup()->startButton(), Qt::LeftButton);
        QVERIFY(train->live()->banner()->isVisible());
        QCOMPARE(train->live()->banner()->text(), QString("The disk is full. Make room and start again."));
        f.shot("error");
    }
    void failureShowsItsRemedy() {
        StudioFixture f;
        RunRecord* record = f.startTraining(40);
        f.mock->fail(f.mock->lastTraining, Error{ErrorCode::OutOfMemory, "There is not enough memory.", {}, "Choose a smaller network."});
        QTRY_COMPARE(record->state(), RunState::Failed);
        QVERIFY(f.train()->live()->banner()->isVisible());
        QVERIFY(f.train()->live()->sentence().contains("smaller network"));
    }
    void liveFieldReachesTheEngine() {
        StudioFixture f;
        f.startTraining(10);
        FieldRow* row = f.train()->setup()->liveForm()->row("optimizer.rate");
        QVERIFY(row);
        auto* edit = row->findChild<QLineEdit*>();
        edit->selectAll();
        QTest::keyClicks(edit, "0.0005");
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(f.mock->calls.back(), std::string("optimizer.rate 0.0005"));
    }
    void oneCursor() {
        StudioFixture f;
        RunRecord* record = f.startTraining(1000);
        LiveView* live = f.train()->live();
        QTRY_VERIFY(record->frames().size() > 20);
        QCoreApplication::processEvents();
        live->plot()->repaintNow();
        // The filmstrip's hovered moment is the plot's cursor and the grid's picture.
        Filmstrip* film = live->filmstrip();
        const int wanted = 15;
        const QPointF at(film->xOf(wanted), 20);
        QMouseEvent hover(QEvent::MouseMove, at, film->mapToGlobal(at), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(film, &hover);
        QCOMPARE(live->grid()->shownFrame(), wanted);
        QCOMPARE(live->plot()->cursorStep(), double(record->frames()[std::size_t(wanted)].step));
        f.shot("cursor");
        QEvent leave(QEvent::Leave);
        QApplication::sendEvent(film, &leave);
        QCOMPARE(live->grid()->shownFrame(), int(record->frames().size()) - 1);
        // A tile scrubs itself through the training.
        QSignalSpy scrubbed(live->grid(), &SampleGrid::scrubbed);
        const QRectF tile = live->grid()->tileRect(3);
        QTest::mouseMove(live->grid(), QPoint(int(tile.left()) + 2, int(tile.center().y())));
        QTest::mouseMove(live->grid(), QPoint(int(tile.right()) - 2, int(tile.center().y())));
        QVERIFY(scrubbed.count() >= 2);
        QCOMPARE(scrubbed.front()[0].toInt(), 0);
        QVERIFY(scrubbed.back()[0].toInt() >= int(record->frames().size()) - 2);
    }
    void reopenedRunIsTheSame() {
        StudioFixture f;
        RunRecord* live = f.startTraining(500);
        f.train()->stopCurrent(true);
        QTRY_COMPARE(live->state(), RunState::Stopped);
        RunRecord again(live->folder());
        again.load();
        QTRY_VERIFY(again.loaded());
        QCOMPARE(again.lastStep(), live->lastStep());
        const MetricSeries &a = live->curves().find("loss")->series, &b = again.curves().find("loss")->series;
        QCOMPARE(a.size(), b.size());
        for (std::size_t i = 0; i < a.size(); ++i) QCOMPARE(b.raw(i), a.raw(i));
        QCOMPARE(again.frames().size(), live->frames().size());
        for (std::size_t i = 0; i < again.frames().size(); ++i) {
            QCOMPARE(again.frames()[i].step, live->frames()[i].step);
            QCOMPARE(again.frames()[i].seeds.size(), live->frames()[i].seeds.size());
            QCOMPARE(again.frames()[i].image, live->frames()[i].image);
        }
        QCOMPARE(again.state(), RunState::Stopped);
        // And in another window, through the list.
        f.train()->openRun(live->folder());
        QTRY_VERIFY(f.train()->live()->continueButton()->isVisible());
    }
    void followsARunOfAnotherProcess() {
        StudioFixture f;
        const std::string folder = f.folder.filePath("other").toStdString();
        RunInfo info;
        info.json["family"] = "diffusion";
        info.json["metric_names"] = {"loss"};
        auto writer = RunWriter::create(folder, info);
        QVERIFY(writer.ok());
        QVERIFY((*writer)->appendMetrics({{0, {1.0F}}, {1, {0.5F}}}).ok());
        f.train()->openRun(folder);
        RunRecord* record = f.train()->current();
        QTRY_COMPARE(record->lastStep(), 1);
        QVERIFY(record->elsewhere());
        QCOMPARE(record->state(), RunState::Running);
        QVERIFY(!f.train()->live()->pauseButton()->isVisible());  // not ours to pause
        QVERIFY((*writer)->appendMetrics({{2, {0.25F}}}).ok());
        QTRY_COMPARE(record->lastStep(), 2);
        QCOMPARE(record->curves().find("loss")->series.raw(2), 0.25F);
        writer->reset();
        QTRY_VERIFY(!record->elsewhere());
    }
    void brokenRunSaysSo() {
        StudioFixture f;
        f.train()->openRun(f.folder.filePath("nothing-here").toStdString());
        RunRecord* record = f.train()->current();
        QTRY_COMPARE(record->state(), RunState::Failed);
        QVERIFY(!f.train()->live()->sentence().isEmpty());
    }
    void withoutEngineTheFormsWork() {
        StudioFixture f(false);
        f.window->showWorkspace(f.train());
        SetupPanel* setup = f.train()->setup();
        QVERIFY(!setup->form()->rows().empty());
        QVERIFY(!setup->startButton()->isEnabled());
        QSignalSpy failed(&f.bridge, &StudioBridge::engineFailed);
        f.bridge.openLater([]() -> Result<std::unique_ptr<Studio>> {
            return Error{ErrorCode::Internal, "The engine is missing.", {}, "Install Imago again."};
        });
        QTRY_COMPARE(failed.count(), 1);
        QVERIFY(f.window->banner()->isVisible());
        QCOMPARE(f.window->banner()->text(), QString("The engine is missing. Install Imago again."));
        QVERIFY(setup->startError().contains("Install Imago again."));
        QVERIFY(!setup->startButton()->isEnabled());
        setup->choosePreset("hour");
        QCOMPARE(setup->preset(), std::string("hour"));
    }
    void startPageDoors() {
        StudioFixture f;
        QCoreApplication::processEvents();
        f.shot("start");
        auto doors = f.window->startPage()->findChildren<Door*>();
        QCOMPARE(doors.size(), 3);
        QTest::mouseClick(doors[0], Qt::LeftButton);
        QVERIFY(f.mock->lastTraining != 0);
        QVERIFY(f.train()->isVisible());
    }
    void enterOpensADoor() {
        StudioFixture f;
        QCoreApplication::processEvents();
        Door* door = f.window->startPage()->findChildren<Door*>()[0];
        door->setFocus();
        QTest::keyClick(door, Qt::Key_Return);
        QVERIFY(f.mock->lastTraining != 0);
        QVERIFY(f.train()->isVisible());
    }
    // Walking over the closed list would ask for a folder on the way.
    void arrowsOpenTheListOfPictures() {
        StudioFixture f;
        f.window->showWorkspace(f.train());
        QComboBox* box = f.train()->setup()->findChild<DataPicker*>()->box();
        const std::string before = f.train()->setup()->findChild<DataPicker*>()->data();
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        QTRY_VERIFY(box->view()->isVisible());
        QCOMPARE(f.train()->setup()->findChild<DataPicker*>()->data(), before);
        box->hidePopup();
    }
    void startedBeforeTheEngineIsThere() {
        StudioFixture f(false);
        f.train()->startWith("fashion-mnist", "quick");
        f.connectEngine();
        QVERIFY(f.mock->lastTraining != 0);
        QCOMPARE(f.mock->lastRequest.preset, std::string("quick"));
    }
    void languageSwitchReachesEverything() {
        StudioFixture f;
        f.startTraining(300);
        f.window->showWorkspace(f.train());
        f.train()->live()->plot()->repaintNow();
        const QStringList english = allTexts(f.window.get());
        f.window->setLanguage("zh_CN");
        QCoreApplication::processEvents();
        f.shot("chinese");
        const QStringList chinese = allTexts(f.window.get());
        // Every English sentence that has a translation must be gone.
        QStringList left;
        for (const QString& text : chinese) {
            const bool words = text.contains(QRegularExpression("[A-Za-z]{3,} [A-Za-z]{2,}"));
            if (words && english.contains(text) && !text.contains('/')) left << text;
        }
        QVERIFY2(left.isEmpty(), qPrintable(left.join("\n")));
        f.window->setLanguage("en");
        QCoreApplication::processEvents();
        QStringList back = allTexts(f.window.get());
        QCOMPARE(back.size(), english.size());
        for (int i = 0; i < back.size(); ++i) QCOMPARE(back[i], english[i]);
    }
    void nothingIsClipped_data() {
        QTest::addColumn<QString>("language");
        QTest::addColumn<int>("theme");
        QTest::newRow("en dark") << "en" << 0;
        QTest::newRow("zh light") << "zh_CN" << 1;
    }
    void nothingIsClipped() {
        QFETCH(QString, language);
        QFETCH(int, theme);
        StudioFixture f(true, ThemeId(theme), language);
        f.window->resize(f.window->minimumSize());
        QCOMPARE(f.window->size(), QSize(1100, 700));
        f.shot("start-min-" + language);
        QVERIFY2(clipped(f.window.get()).isEmpty(), qPrintable(clipped(f.window.get()).join("\n")));
        f.window->showWorkspace(f.train());
        f.train()->setup()->form()->setAdvancedOpen(true);
        QCoreApplication::processEvents();
        f.shot("setup-min-" + language);
        QVERIFY2(clipped(f.window.get()).isEmpty(), qPrintable(clipped(f.window.get()).join("\n")));
        f.startTraining(600);
        QCoreApplication::processEvents();
        f.train()->live()->plot()->repaintNow();
        f.shot("train-min-" + language);
        QVERIFY2(clipped(f.window.get()).isEmpty(), qPrintable(clipped(f.window.get()).join("\n")));
        f.window->resize(1600, 1000);
        QCoreApplication::processEvents();
        f.train()->live()->plot()->repaintNow();
        f.shot("train-" + language);
        QCOMPARE(f.window->size(), QSize(1600, 1000));
        // The pictures are at least 60 % of the height that is left to the run.
        QVERIFY(f.train()->live()->grid()->height() >= 0.6 * f.train()->live()->height());
    }
    void shortcutsAreUnique() {
        StudioFixture f;
        QVERIFY2(f.window->actions()->conflicts().isEmpty(), qPrintable(f.window->actions()->conflicts().join(" ")));
        for (QAction* action : f.window->actions()->all()) QVERIFY2(!action->text().isEmpty(), qPrintable(action->objectName()));
    }
};

QTEST_MAIN(TestTrainWorkspace)
#include "tst_train_workspace.moc"
