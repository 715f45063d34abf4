// links: imago_ui
// Forms made from schemas: kinds of fields, errors at their field, defaults, live fields, and help for every parameter.
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>

#include "core/config/bind.h"
#include "core/models/family_info.h"
#include "ui/forms/field_row.h"
#include "ui/forms/schema_form.h"
#include "ui/theme/theme.h"

using namespace imago;

namespace {

struct Ring {
    static constexpr const char* id = "ring";
    double width = 2;
    static Fields<Ring> fields() { return {field(&Ring::width, "width", "Width", "How wide").range(0, 10)}; }
};
struct Disc {
    static constexpr const char* id = "disc";
    int points = 5;
    static Fields<Disc> fields() { return {field(&Disc::points, "points", "Points", "How many").range(1, 9)}; }
};
struct Inner {
    int channels = 32;
    bool mirror = false;
    static Fields<Inner> fields() {
        return {field(&Inner::channels, "channels", "Channels", "Width of the network").range(8, 256).unit("px"),
                field(&Inner::mirror, "mirror", "Mirror", "Left-right")};
    }
};
struct Outer {
    Inner network;
    double rate = 1e-3;
    std::string mode = "a";
    int only_b = 3;
    std::variant<Ring, Disc> shape;
    int rare = 4;
    static constexpr int schema = 1;
    static constexpr const char* title = "Outer";
    static Fields<Outer> fields() {
        return {section(&Outer::network, "network", "Network", "help"),
                field(&Outer::rate, "rate", "Rate", "Speed").range(1e-6, 1).logScale().live(),
                field(&Outer::mode, "mode", "Mode", "Which").choices({{"a", "First"}, {"b", "Second"}}),
                field(&Outer::only_b, "only_b", "Only b", "Shown with b").range(0, 9).visibleWhen("mode", {"b"}),
                variant(&Outer::shape, "shape", "Shape", "Which shape"),
                field(&Outer::rare, "rare", "Rare", "Rarely needed").range(0, 9).advanced()};
    }
};

template <class T>
T* child(FieldRow* row) {
    return row->findChild<T*>();
}

}  // namespace

class TestForms : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ThemeId::Dark, false); }

    void kinds() {
        SchemaForm form;
        form.setSchema(schemaOf<Outer>());
        form.show();
        QVERIFY(child<QSlider>(form.row("network.channels")));
        QVERIFY(child<QLineEdit>(form.row("network.channels")));
        QVERIFY(child<QCheckBox>(form.row("network.mirror")));
        QVERIFY(child<QSlider>(form.row("rate")));
        QCOMPARE(child<QComboBox>(form.row("mode"))->count(), 2);
        QVERIFY(form.row("shape.kind") && form.row("shape.width"));
        QVERIFY(!form.row("rare")->isVisible());
        form.setAdvancedOpen(true);
        QVERIFY(form.row("rare")->isVisible());
        QVERIFY(form.requested() == Json::object());
    }
    void typingChangesOnlyWhatWasTyped() {
        SchemaForm form;
        form.setSchema(schemaOf<Outer>());
        form.show();
        QSignalSpy edited(&form, &SchemaForm::edited);
        auto* edit = child<QLineEdit>(form.row("network.channels"));
        edit->selectAll();
        QTest::keyClicks(edit, "48");
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(edited.count(), 1);
        QVERIFY(form.requested() == (Json{{"network", {{"channels", 48}}}}));
        QVERIFY(form.row("network.channels")->changed());
        // A double-click on the label goes back to the default.
        QTest::mouseDClick(child<QLabel>(form.row("network.channels")), Qt::LeftButton);
        QVERIFY(form.requested() == Json::object());
        QVERIFY(!form.row("network.channels")->changed());
    }
    void presetIsTheBase() {
        SchemaForm form;
        form.setSchema(schemaOf<Outer>(), Json{{"rate", 0.01}});
        QCOMPARE(form.values()["rate"].get<double>(), 0.01);
        QVERIFY(form.requested() == Json::object());
        QVERIFY(!form.row("rate")->changed());
    }
    void sliderIsLogarithmic() {
        SchemaForm form;
        form.setSchema(schemaOf<Outer>());
        form.show();
        auto* slider = child<QSlider>(form.row("rate"));
        slider->setValue(slider->maximum() / 2);
        QVERIFY(std::abs(form.values()["rate"].get<double>() - 1e-3) < 1e-4);  // the middle of 1e-6 .. 1
    }
    void aLiveSliderGivesItsLastValue() {
        SchemaForm form;
        form.setLiveOnly(true);
        form.setSchema(schemaOf<Outer>());
        form.show();
        QSignalSpy live(&form, &SchemaForm::liveEdited);
        auto* slider = child<QSlider>(form.row("rate"));
        auto* edit = child<QLineEdit>(form.row("rate"));
        const QString before = edit->text();
        slider->setSliderDown(true);
        for (int share : {60, 65, 75}) slider->setSliderPosition(slider->maximum() * share / 100);
        QCOMPARE(live.count(), 0);
        QVERIFY(edit->text() != before);  // shown on the way
        slider->setSliderDown(false);
        QCOMPARE(live.count(), 1);
        QVERIFY(std::abs(form.values()["rate"].get<double>() - 0.032) < 1e-3);  // three quarters of 1e-6 .. 1
    }
    void errorsStandAtTheirField() {
        SchemaForm form;
        form.setSchema(schemaOf<Outer>());
        form.show();
        auto* edit = child<QLineEdit>(form.row("network.channels"));
        edit->selectAll();
        QTest::keyClicks(edit, "4");
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(form.row("network.channels")->error().contains("8"));
        QVERIFY(form.row("rate")->error().isEmpty());
        QVERIFY(form.hasErrors());
        QVERIFY(!form.validate());
        edit->selectAll();
        QTest::keyClicks(edit, "blue");
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(form.row("network.channels")->error().contains("blue"));
        QVERIFY(!form.validate());  // nothing starts with what stands there no more
        QVERIFY(form.row("network.channels")->error().contains("blue"));
        edit->selectAll();
        QTest::keyClicks(edit, "16");
        QTest::keyClick(edit, Qt::Key_Return);
        QVERIFY(!form.hasErrors());
        // An error from the engine about a folded field opens the fold.
        QVERIFY(!form.row("rare")->isVisible());
        Error error{ErrorCode::BadInput, "Too rare."};
        error.field = "rare";
        QVERIFY(form.showError(error));
        QVERIFY(form.row("rare")->isVisible());
        QCOMPARE(form.row("rare")->error(), QString("Too rare."));
        error.field = "nowhere";
        QVERIFY(!form.showError(error));
    }
    void visibleWhen() {
        SchemaForm form;
        form.setSchema(schemaOf<Outer>());
        form.show();
        QVERIFY(!form.row("only_b")->isVisible());
        auto* combo = child<QComboBox>(form.row("mode"));
        combo->setCurrentIndex(1);
        Q_EMIT combo->activated(1);
        QVERIFY(form.row("only_b")->isVisible());
    }
    void variantSwapsItsFields() {
        SchemaForm form;
        form.setSchema(schemaOf<Outer>());
        form.show();
        auto* combo = child<QComboBox>(form.row("shape.kind"));
        Q_EMIT combo->activated(1);
        QTRY_VERIFY(form.row("shape.points"));
        QVERIFY(!form.row("shape.width"));
        QCOMPARE(form.requested()["shape"]["kind"].get<std::string>(), std::string("disc"));
    }
    void liveOnlyShowsLiveFields() {
        SchemaForm form;
        form.setLiveOnly(true);
        form.setSchema(schemaOf<Outer>());
        form.show();
        QCOMPARE(form.rows().size(), std::size_t(1));
        QSignalSpy live(&form, &SchemaForm::liveEdited);
        auto* edit = child<QLineEdit>(form.row("rate"));
        edit->selectAll();
        QTest::keyClicks(edit, "0.01");
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(live.count(), 1);
        edit->selectAll();
        QTest::keyClicks(edit, "7");
        QTest::keyClick(edit, Qt::Key_Return);
        QCOMPARE(live.count(), 1);  // out of range: shown, not sent
        QVERIFY(!form.row("rate")->error().isEmpty());
    }
    // Where 0 stands for a word the word is shown; an emptied field is that word again.
    void zeroMayBeAWord() {
        SchemaForm form;
        form.setSchema(familyInfos().front().config);
        form.show();
        auto* edit = child<QLineEdit>(form.row("data.resolution"));
        QCOMPARE(edit->text(), QString());
        QCOMPARE(edit->placeholderText(), QString("own"));
        edit->setText("32");
        Q_EMIT edit->editingFinished();
        QCOMPARE(form.requested()["data"]["resolution"].get<int>(), 32);
        edit->clear();
        Q_EMIT edit->editingFinished();
        QVERIFY(!form.requested().contains("data") || form.requested()["data"].value("resolution", 0) == 0);
        QCOMPARE(form.row("data.resolution")->error(), QString());
    }
    void everyParameterOfEveryFamilyHasHelp() {
        for (const FamilyInfo& family : familyInfos()) {
            SchemaForm form;
            form.setSchema(family.config);
            form.setAdvancedOpen(true);
            QVERIFY(!form.rows().empty());
            for (FieldRow* row : form.rows()) {
                QVERIFY2(!row->toolTip().isEmpty() && !row->whatsThis().isEmpty(), row->path().c_str());
                QVERIFY2(!row->editor()->accessibleName().isEmpty(), row->path().c_str());
            }
        }
    }
};

QTEST_MAIN(TestForms)
#include "tst_forms.moc"
