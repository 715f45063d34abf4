// The include table: who may include whom, and what in a tree of files breaks it. tst_architecture reads it.
#pragma once

#include <QHash>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QStringList>

namespace imago::test {

using IncludeTable = QHash<QString, QStringList>;
using FileTexts = QMap<QString, QString>;  // path from the top of the tree -> what the file says

// place -> the places it may include; what those may include is allowed too. A place is a folder, or a file without its
// ending, from the top of the tree or from core/; * stands for any part of a name. The longest place that fits a file is its own.
// <torch/...> and <Q...> are the places "torch" and "qt".
inline const IncludeTable& includeTable() {
    static const IncludeTable table{
        {"base", {}},
        {"config", {"base"}},
        {"image", {"config"}},
        {"engine", {"studio", "engine/event.h", "engine/run_saves"}},  // the facade's plain values; opening the module
        {"engine/event.h", {"engine/request.h"}},
        {"engine/request.h", {"engine/requests"}},
        {"engine/requests", {"image", "engine/priority"}},
        {"engine/priority", {"config"}},
        {"engine/run_saves", {"base"}},
        {"studio", {"engine"}},
        {"tensor", {"image", "tensor/safetensors*", "torch"}},
        {"tensor/safetensors*", {"base"}},  // of imago_base, which has no LibTorch
        {"data", {"tensor"}},
        {"data/inspect_job", {"data", "engine"}},
        {"data/open_progress", {"data", "engine"}},
        {"data/report.cpp", {"data", "engine/event.h"}},  // an error's JSON
        {"nn", {"tensor"}},
        {"diffusion", {"nn"}},
        {"models", {"nn", "diffusion", "data", "models/schemas", "engine/event.h", "engine/run_saves"}},  // no jobs, no lanes
        {"models/family_info", {"config"}},  // of imago_base, as the next three
        {"models/training_config", {"config"}},
        {"models/*/config", {"models/training_config", "models/family_info"}},
        {"models/schemas", {"models/*/config"}},
        {"train", {"models", "engine", "data/open_progress"}},
        {"sample", {"models", "engine"}},
        {"evaluate", {"models", "engine", "sample", "train"}},
        {"ml_engine", {"studio", "data/inspect_job", "train", "sample", "evaluate"}},
        {"engine_module", {"ml_engine"}},
        {"ui", {"studio", "qt"}},
        {"ui/workspaces", {}},  // a row for each of them: none includes another, and only their list names any
        {"ui/workspaces/train", {"ui"}},
        {"ui/workspaces/workspaces", {"ui", "ui/workspaces/train"}},
        {"app/studio_main", {"ui/workspaces/workspaces", "models/family_info"}},
        {"app/cli", {"ml_engine"}},
        {"tests/baselines", {}},
        {"tests/core", {"ml_engine", "tests/baselines", "qt"}},
        {"tests/cli", {"app/cli", "qt"}},
        {"tests/ui", {"ui/workspaces/workspaces", "models/family_info"}},
        {"tests/architecture", {"qt"}},
    };
    return table;
}

inline QSet<QString> allowedPlaces(const IncludeTable& table, const QString& place) {
    QSet<QString> all{place};
    QStringList open{place};
    while (!open.isEmpty())
        for (const QString& next : table.value(open.takeLast()))
            if (!all.contains(next)) {
                all.insert(next);
                open.append(next);
            }
    return all;
}

// The places of a table with what their files are called.
class Places {
  public:
    explicit Places(const IncludeTable& table) {
        for (auto it = table.begin(); it != table.end(); ++it)
            m_patterns[it.key()] =
                QRegularExpression("^(core/)?" + QRegularExpression::escape(it.key()).replace("\\*", "[^/]*") + "([/.]|$)");
    }
    QString of(const QString& path) const {  // empty if the table has none
        QString best;
        for (auto it = m_patterns.begin(); it != m_patterns.end(); ++it)
            if (it.key().size() > best.size() && it->match(path).hasMatch()) best = it.key();
        return best;
    }

  private:
    QHash<QString, QRegularExpression> m_patterns;
};

// What a file of the tree includes, by path. Helpers of tests belong to whoever includes them: in their place stands what they include.
inline QStringList includesOf(const FileTexts& files, const QString& path, QSet<QString> seen = {}) {
    static const QRegularExpression include("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"]", QRegularExpression::MultilineOption);
    static const QRegularExpression libTorch("^(torch|ATen|c10)/"), qt("^(Q[A-Z]|qcustomplot)");
    QStringList found;
    for (auto it = include.globalMatch(files.value(path)); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        const QString name = match.captured(2);
        if (libTorch.match(name).hasMatch())
            found.append("torch");
        else if (qt.match(name).hasMatch())
            found.append("qt");
        else if (name.startsWith("opencv2/"))
            found.append("opencv");
        else if (name.startsWith("tests/support/"))
            found.append(seen.contains(name) ? QStringList() : includesOf(files, name, seen << name));
        else if (match.captured(1) == "\"" && !name.endsWith(".moc"))
            found.append(name);
    }
    return found;
}

// One sentence for each include that the table does not allow.
inline QStringList brokenIncludes(const IncludeTable& table, const FileTexts& files) {
    const Places places(table);
    QHash<QString, QSet<QString>> allowed;
    for (auto it = table.begin(); it != table.end(); ++it) allowed[it.key()] = allowedPlaces(table, it.key());
    QStringList broken;
    for (auto file = files.begin(); file != files.end(); ++file) {
        if (file.key().startsWith("tests/support/")) continue;
        const QString place = places.of(file.key());
        if (place.isEmpty()) {
            broken.append(file.key() + " is not in the include table");
            continue;
        }
        for (const QString& name : includesOf(files, file.key())) {
            const bool library = !name.contains('/') && !name.contains('.');
            const QString other = library ? name : places.of(name);
            if (!allowed[place].contains(other)) broken.append(file.key() + " includes " + name);
        }
    }
    return broken;
}

}  // namespace imago::test
