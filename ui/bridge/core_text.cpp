#include "ui/bridge/core_text.h"

#include <QCoreApplication>

namespace imago {

QString coreText(const std::string& english) {
    return english.empty() ? QString() : QCoreApplication::translate("core", english.c_str());
}

QString messageText(const Error& error) {
    return QString::fromStdString(fillTemplate(coreText(error.message).toStdString(), error.args));
}

QString errorText(const Error& error) {
    QString text = messageText(error);
    if (error.remedy.empty()) return text;
    const QString remedy = QString::fromStdString(fillTemplate(coreText(error.remedy).toStdString(), error.args));
    // Chinese sentences follow each other without a space.
    const bool wide = !text.isEmpty() && text.back().unicode() >= 0x3000;
    return text + (wide ? "" : " ") + remedy;
}

}  // namespace imago
