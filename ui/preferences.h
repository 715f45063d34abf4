// Preferences: what the window remembers, in one INI file; and the language switch. GUI thread.
#pragma once

#include <QByteArray>
#include <QSettings>
#include <QString>
#include <QTranslator>
#include <memory>
#include <vector>

#include "ui/theme/palette.h"

class QApplication;

namespace imago {

struct Preferences {
    explicit Preferences(const QString& file = {});  // empty: the user's own
    std::unique_ptr<QSettings> settings;
    ThemeId theme() const;  // else the system's
    void setTheme(ThemeId theme);
    QString language() const;  // "en" or "zh_CN"; else the system's
    void setLanguage(const QString& language);
};

// Installs our texts and Qt's own. May be called again: widgets retranslate through LanguageChange.
class Language {
  public:
    explicit Language(QApplication& app) : m_app(app) {}
    void use(const QString& language);
    const QString& current() const { return m_current; }
    bool chinese() const { return m_current.startsWith("zh"); }

  private:
    QApplication& m_app;
    QString m_current;
    std::vector<std::unique_ptr<QTranslator>> m_translators;
};

}  // namespace imago
