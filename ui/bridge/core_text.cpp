#include "ui/bridge/core_text.h"

#include <QCoreApplication>

namespace imago {

QString coreText(const std::string& english) {
    return english.empty() ? QString() : QCoreApplication::translate("core", english.c_str());
}

namespace {

// Places may hold words of the core too: the label of a setting, a reason. What is none of them stays as it is.
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
    QString text = messageText(error);
    if (error.remedy.empty()) return text;
    const QString remedy = filled(error.remedy, error);
    // Chinese sentences follow each other without a space.
    const bool wide = !text.isEmpty() && text.back().unicode() >= 0x3000;
    return text + (wide ? "" : " ") + remedy;
}

}  // namespace imago
