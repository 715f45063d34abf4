// links: imago_ui
// The Chinese translation is complete: nothing unfinished, and every text that the core marks is in it.
#include <QApplication>
#include <QDirIterator>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>

#include "ui/bridge/core_text.h"
#include "ui/preferences.h"

using namespace imago;

namespace {

struct Message {
    QString context, source;
    QStringList translations;
    bool unfinished = false, plural = false;
};

QList<Message> messagesOf(const QString& file) {
    QList<Message> messages;
    QFile in(file);
    if (!in.open(QIODevice::ReadOnly)) return messages;
    QXmlStreamReader xml(&in);
    QString context;
    while (!xml.atEnd()) {
        if (!xml.readNextStartElement()) continue;
        const auto name = xml.name();
        if (name == u"name")
            context = xml.readElementText();
        else if (name == u"message")
            messages.push_back({context, {}, {}, false, xml.attributes().value("numerus") == u"yes"});
        else if (name == u"source")
            messages.back().source = xml.readElementText();
        else if (name == u"translation") {
            messages.back().unfinished = xml.attributes().hasAttribute("type");
            if (!messages.back().plural) messages.back().translations << xml.readElementText();
        } else if (name == u"numerusform")
            messages.back().translations << xml.readElementText();
    }
    return messages;
}

// The texts of IMAGO_TR("a" "b"), escapes undone, and the texts of the presets.
QSet<QString> coreTexts() {
    QSet<QString> texts;
    const QString literal = R"re("(?:[^"\\]|\\.)*")re";
    const QRegularExpression marked("IMAGO_TR\\(\\s*((?:" + literal + "\\s*)+)\\)"), part(literal);
    for (const char* room : {"/core", "/ui"}) {
        QDirIterator files(IMAGO_SOURCE_DIR + QString(room), {"*.h", "*.cpp"}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            if (file.fileName().endsWith("base/error.h") || !file.open(QIODevice::ReadOnly)) continue;
            const QString source = QString::fromUtf8(file.readAll());
            for (auto it = marked.globalMatch(source); it.hasNext();) {
                QString text;
                const QString parts = it.next().captured(1);
                for (auto p = part.globalMatch(parts); p.hasNext();) text += p.next().captured().chopped(1).mid(1);
                texts << text.replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
            }
        }
    }
    QDirIterator presets(IMAGO_SOURCE_DIR + QString("/resources/presets"), {"*.json"}, QDir::Files, QDirIterator::Subdirectories);
    while (presets.hasNext()) {
        QFile file(presets.next());
        if (!file.open(QIODevice::ReadOnly)) continue;
        const QJsonObject preset = QJsonDocument::fromJson(file.readAll()).object();
        for (const char* key : {"label", "help"})
            if (const QString text = preset[key].toString(); !text.isEmpty()) texts << text;
    }
    return texts;
}

}  // namespace

class TestTranslations : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void nothingUnfinished_data() {
        QTest::addColumn<QString>("language");
        QTest::newRow("en") << "en";
        QTest::newRow("zh_CN") << "zh_CN";
    }
    void nothingUnfinished() {
        QFETCH(QString, language);
        const auto messages = messagesOf(IMAGO_SOURCE_DIR "/translations/imago_" + language + ".ts");
        QVERIFY(messages.size() >= 5);
        QStringList bad;
        for (const Message& message : messages) {
            const int forms = message.plural && language == "en" ? 2 : 1;
            if (message.unfinished || message.translations.size() != forms || message.translations.contains(QString()))
                bad << message.context + ": " + message.source;
        }
        QVERIFY2(bad.isEmpty(), qPrintable(QString::number(bad.size()) + " unfinished:\n" + bad.join("\n")));
    }
    void placesSurvive() {
        const QRegularExpression place(R"(%[0-9n]|\{[a-z_]+\})");
        for (const Message& message : messagesOf(IMAGO_SOURCE_DIR "/translations/imago_zh_CN.ts")) {
            QSet<QString> wanted, found;
            for (auto it = place.globalMatch(message.source); it.hasNext();) wanted << it.next().captured();
            for (auto it = place.globalMatch(message.translations.join(' ')); it.hasNext();) found << it.next().captured();
            QVERIFY2(wanted == found, qPrintable(message.source + " / " + message.translations.join(' ')));
        }
    }
    void everyCoreTextIsTranslated() {
        QSet<QString> have;
        for (const Message& message : messagesOf(IMAGO_SOURCE_DIR "/translations/imago_zh_CN.ts"))
            if (message.context == "core") have << message.source;
        QStringList missing;
        const auto texts = coreTexts();
        QVERIFY(texts.size() > 50);
        for (const QString& text : texts)
            if (!have.contains(text)) missing << text;
        QVERIFY2(missing.isEmpty(),
                 qPrintable(QString::number(missing.size()) + " missing; run translations/update:\n" + missing.join("\n")));
    }
    void shownInTheReadersLanguage() {
        Language language(*qApp);
        language.use("zh_CN");
        const Error error{ErrorCode::BadInput, "There is no kind of model named “{id}”.", {{"id", "gan"}}};
        const QString text = errorText(error);
        QVERIFY(text.contains("gan"));
        QVERIFY(!text.contains("There is"));
        language.use("en");
        QCOMPARE(errorText(error), QString("There is no kind of model named “gan”."));
    }
};

QTEST_MAIN(TestTranslations)
#include "tst_translations.moc"
