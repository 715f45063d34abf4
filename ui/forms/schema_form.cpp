#include "ui/forms/schema_form.h"

#include <QEvent>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/bridge/core_text.h"
#include "ui/forms/field_row.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

namespace imago {

namespace {

bool hasFields(const std::vector<Param>& params, bool advanced, bool liveOnly) {
    for (const Param& param : params) {
        if (param.kind == ParamKind::Section ? hasFields(param.children, advanced, liveOnly)
                                             : param.advanced == advanced && (!liveOnly || param.live))
            return true;
    }
    return false;
}

// What of `values` differs from `base`, nested.
Json difference(const Json& values, const Json& base) {
    if (!values.is_object() || !base.is_object()) return values;
    Json out = Json::object();
    const bool otherKind = values.contains("kind") && base.contains("kind") && values["kind"] != base["kind"];
    for (const auto& [key, value] : values.items()) {
        if (otherKind || !base.contains(key))
            out[key] = value;
        else if (value.is_object()) {
            Json inner = difference(value, base[key]);
            if (!inner.empty()) out[key] = std::move(inner);
        } else if (value != base[key]) {
            out[key] = value;
        }
    }
    return out;
}

void setAt(Json& root, const std::string& path, const Json& value) {
    Json* at = &root;
    std::size_t from = 0;
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', from)) {
        at = &(*at)[path.substr(from, dot - from)];
        from = dot + 1;
    }
    (*at)[path.substr(from)] = value;
}

const Json& siblingsOf(const Json& root, const std::string& path) {
    const std::size_t dot = path.rfind('.');
    if (dot == std::string::npos) return root;
    const Json* at = valueAt(root, path.substr(0, dot));
    return at ? *at : root;
}

}  // namespace

SchemaForm::SchemaForm(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)) {
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(measure::gap);
}

void SchemaForm::setSchema(const Schema& schema, const Json& base) {
    m_schema = schema;
    auto completed = complete(schema, base);
    m_base = completed ? *completed : *complete(schema, Json::object());
    m_values = m_base;
    rebuild();
}

void SchemaForm::setLiveOnly(bool liveOnly) {
    if (m_liveOnly == liveOnly) return;
    m_liveOnly = liveOnly;
    rebuild();
}

Json SchemaForm::requested() const {
    return difference(m_values, m_base);
}

void SchemaForm::setValues(const Json& values) {
    if (auto completed = complete(m_schema, values)) {
        m_values = *completed;
        rebuild();
    }
}

void SchemaForm::rebuild() {
    const bool open = advancedOpen();
    delete m_plain;
    delete m_advanced;
    delete m_fold;
    m_fold = nullptr;
    m_rows.clear();
    m_order.clear();
    m_captions.clear();
    m_plain = new QWidget(this);
    auto* plain = new QVBoxLayout(m_plain);
    plain->setContentsMargins(0, 0, 0, 0);
    plain->setSpacing(measure::padding);
    addParams(m_schema.params, "", m_values, false, plain);
    m_column->addWidget(m_plain);
    m_advanced = new QWidget(this);
    if (hasFields(m_schema.params, true, m_liveOnly)) {
        m_fold = new QToolButton(this);
        m_fold->setAutoRaise(true);
        m_fold->setCheckable(true);
        m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        auto* folded = new QVBoxLayout(m_advanced);
        folded->setContentsMargins(0, 0, 0, 0);
        folded->setSpacing(measure::padding);
        addParams(m_schema.params, "", m_values, true, folded);
        m_column->addWidget(m_fold, 0, Qt::AlignLeft);
        connect(m_fold, &QToolButton::toggled, this, [this](bool on) {
            m_advanced->setVisible(on);
            m_fold->setIcon(themedIcon(on ? "chevron-down" : "chevron-right"));
        });
    }
    m_column->addWidget(m_advanced);
    setAdvancedOpen(open);
    retranslate();
    refreshVisibility();
}

void SchemaForm::addCaption(const std::string& label, QVBoxLayout* column) {
    auto* caption = new SectionLabel(column->parentWidget());
    if (column->count() > 0) caption->setContentsMargins(0, measure::gap, 0, 0);
    column->addWidget(caption);
    m_captions.push_back({caption, label, {}});
}

void SchemaForm::addParams(const std::vector<Param>& params, const std::string& prefix, const Json& values, bool advanced,
                           QVBoxLayout* column) {
    for (const Param& param : params) {
        const std::string path = prefix + param.key;
        const Json* value = values.is_object() && values.contains(param.key) ? &values[param.key] : nullptr;
        if (!value) continue;
        if (param.kind == ParamKind::Section) {
            if (!hasFields(param.children, advanced, m_liveOnly)) continue;
            if (!m_liveOnly) addCaption(param.label, column);
            addParams(param.children, path + ".", *value, advanced, column);
            continue;
        }
        if (param.advanced == advanced && (!m_liveOnly || param.live)) {
            const bool variant = param.kind == ParamKind::Variant;
            const std::string rowPath = variant ? path + ".kind" : path;
            auto* row = new FieldRow(param, rowPath, column->parentWidget());
            row->setValue(variant ? (*value)["kind"] : *value);
            const Json* base = valueAt(m_base, rowPath);
            row->setDefault(base ? *base : param.defaultValue);
            row->setWaitsForRelease(m_liveOnly);
            column->addWidget(row);
            m_rows[rowPath] = row;
            m_order.push_back(row);
            if (!m_captions.empty()) m_captions.back().rows.push_back(row);
            connect(row, &FieldRow::edited, this, &SchemaForm::onEdited);
            connect(row, &FieldRow::rejected, this, [row](const std::string&, const QString& text) { row->setError(text); });
        }
        if (param.kind == ParamKind::Variant) {
            for (const Alternative& alternative : param.alternatives)
                if (value->contains("kind") && (*value)["kind"] == alternative.id)
                    addParams(alternative.children, path + ".", *value, advanced, column);
        }
    }
}

void SchemaForm::onEdited(const std::string& path, const Json& value) {
    FieldRow* edited = row(path);
    if (edited && edited->param().kind == ParamKind::Variant) {
        // Another kind: its own fields with their defaults.
        Json kind = Json::object();
        kind["kind"] = value;
        setAt(m_values, path.substr(0, path.rfind('.')), kind);
        if (auto completed = complete(m_schema, m_values)) m_values = *completed;
        QMetaObject::invokeMethod(
            this, [this] { rebuild(); }, Qt::QueuedConnection);  // the sender lives in what is rebuilt
    } else {
        setAt(m_values, path, value);
    }
    validate();
    refreshVisibility();
    if (m_liveOnly && edited && edited->error().isEmpty()) Q_EMIT liveEdited(path, value);
    Q_EMIT this->edited();
}

bool SchemaForm::validate() {
    clearErrors();
    auto completed = complete(m_schema, m_values);
    if (!completed.ok()) showError(completed.error());
    return completed.ok() && std::none_of(m_order.begin(), m_order.end(), [](const FieldRow* field) { return field->rejects(); });
}

bool SchemaForm::showError(const Error& error) {
    FieldRow* field = row(error.field);
    if (!field) return false;
    if (m_advanced->isAncestorOf(field)) setAdvancedOpen(true);
    if (!field->rejects()) field->setError(errorText(error));
    field->editor()->setFocus();
    Q_EMIT errorShown(field);
    return true;
}

void SchemaForm::clearErrors() {
    for (FieldRow* field : m_order)
        if (!field->rejects()) field->setError({});
}

bool SchemaForm::hasErrors() const {
    for (const FieldRow* field : m_order)
        if (!field->error().isEmpty()) return true;
    return false;
}

void SchemaForm::setAdvancedOpen(bool open) {
    if (m_fold) {
        m_fold->setChecked(open);
        m_fold->setIcon(themedIcon(open ? "chevron-down" : "chevron-right"));
    }
    if (m_advanced) m_advanced->setVisible(open && m_fold);
}

bool SchemaForm::advancedOpen() const {
    return m_fold && m_fold->isChecked();
}

FieldRow* SchemaForm::row(const std::string& path) const {
    const auto it = m_rows.find(path);
    return it == m_rows.end() ? nullptr : it->second;
}

std::vector<FieldRow*> SchemaForm::rows() const {
    return m_order;
}

void SchemaForm::refreshVisibility() {
    for (FieldRow* field : m_order) {
        const std::string& path = field->path();
        const bool variant = field->param().kind == ParamKind::Variant;
        const std::string own = variant ? path.substr(0, path.rfind('.')) : path;
        field->setVisible(imago::isVisible(field->param(), siblingsOf(m_values, own), m_values));
    }
    for (const Caption& caption : m_captions) {
        bool any = false;
        for (const FieldRow* field : caption.rows) any = any || !field->isHidden();
        caption.label->setVisible(any);
    }
}

void SchemaForm::retranslate() {
    if (m_fold) {
        m_fold->setText(tr("Advanced"));
        m_fold->setToolTip(tr("Show the settings that are rarely needed"));
    }
    for (const Caption& caption : m_captions) static_cast<QLabel*>(caption.label)->setText(coreText(caption.text));
}

void SchemaForm::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace imago
