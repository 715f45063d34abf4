// The core's English texts in the reader's language: context "core" of the translations. GUI thread.
#pragma once

#include <QString>
#include <QStringList>
#include <string>

#include "core/base/error.h"

namespace imago {

QString coreText(const std::string& english);
QString errorText(const Error& error);                // message and remedy, places filled
QString messageText(const Error& error);              // message only
QString joinSentences(const QStringList& sentences);  // Chinese ones follow each other without a space

}  // namespace imago
