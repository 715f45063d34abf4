#include "ui/preferences.h"

#include <QApplication>
#include <QLibraryInfo>
#include <QLocale>

namespace imago {

Preferences::Preferences(const QString& file)
    : settings(file.isEmpty() ? std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, "imago", "studio")
                              : std::make_unique<QSettings>(file, QSettings::IniFormat)) {}

ThemeId Preferences::theme() const {
    const QString saved = settings->value("theme").toString();
    if (saved == "light") return ThemeId::Light;
    return ThemeId::Dark;
}

void Preferences::setTheme(ThemeId theme) {
    settings->setValue("theme", theme == ThemeId::Light ? "light" : "dark");
}

QString Preferences::language() const {
    const QString saved = settings->value("language").toString();
    if (!saved.isEmpty()) return saved;
    return QLocale::system().language() == QLocale::Chinese ? "zh_CN" : "en";
}

void Preferences::setLanguage(const QString& language) {
    settings->setValue("language", language);
}

void Language::use(const QString& language) {
    for (auto& translator : m_translators) m_app.removeTranslator(translator.get());
    m_translators.clear();
    m_current = language;
    QLocale::setDefault(language == "zh_CN" ? QLocale(QLocale::Chinese, QLocale::China) : QLocale(QLocale::English, QLocale::UnitedStates));
    const auto load = [this](const QString& name, const QString& folder) {
        auto translator = std::make_unique<QTranslator>();
        if (!translator->load(name, folder)) return;
        m_app.installTranslator(translator.get());
        m_translators.push_back(std::move(translator));
    };
    if (language == "zh_CN") load("qtbase_zh_CN", QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    load("imago_" + language, ":/translations");
}

}  // namespace imago
