#include "ui/bridge/core_text.h"

#include <QCoreApplication>

namespace imago {

QString coreText(const std::string& english) {
    return english.empty() ? QString() : QCoreApplication::translate("core", english.c_str());
}

namespace {

// Places may hold words of the core too: the label of a setting, a reason. Anything else stays as it is.
QString filled(const std::string& english, const Error& error) {
    auto args = error.args;
    for (auto& [name, value] : args) value = coreText(value).toStdString();
    return QString::fromStdString(fillTemplate(coreText(english).toStdString(), args));
}

}  // namespace

QString messageText(const Error& error) {
    return filled(error.message, error);
}

QString errorText(const Error& error) {
    return joinSentences({messageText(error), error.remedy.empty() ? QString() : filled(error.remedy, error)});
}

QString joinSentences(const QStringList& sentences) {
    QString text;
    for (const QString& sentence : sentences) {
        const bool wide = !text.isEmpty() && text.back().unicode() >= 0x3000;
        if (!text.isEmpty() && !sentence.isEmpty() && !wide) text += ' ';
        text += sentence;
    }
    return text;
}

}  // namespace imago
