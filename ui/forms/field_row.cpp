#include "ui/forms/field_row.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QLocale>
#include <QPainter>
#include <QSlider>
#include <cmath>

#include "ui/bridge/core_text.h"
#include "ui/forms/unit_edit.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

namespace imago {

namespace {

constexpr int kSliderSteps = 1000;

// A slider where the range is meant to be played with: bounded, and either in powers or within reach of a hand.
bool playful(const Param& param) {
    if (param.kind != ParamKind::Int && param.kind != ParamKind::Real) return false;
    if (param.advanced || !param.min || !param.max) return false;
    if (param.logScale) return *param.min > 0;
    return *param.max - *param.min <= 512;
}

QString numberText(const Json& value) {
    if (value.is_number_integer()) return QString::number(value.get<std::int64_t>());
    if (!value.is_number()) return {};
    QLocale locale;
    locale.setNumberOptions(QLocale::OmitGroupSeparator | QLocale::OmitLeadingZeroInExponent);
    return locale.toString(value.get<double>(), 'g', 6);
}

}  // namespace

FieldRow::FieldRow(const Param& param, std::string path, QWidget* parent)
    : QWidget(parent),
      m_param(param),
      m_path(std::move(path)),
      m_value(param.defaultValue),
      m_default(param.defaultValue),
      m_grid(new QGridLayout(this)) {
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(measure::gap);
    m_grid->setVerticalSpacing(measure::grid);
    m_grid->setColumnStretch(0, 1);
    m_label = new QLabel(this);
    m_label->setWordWrap(true);
    m_label->installEventFilter(this);
    m_errorLabel = new CaptionLabel(this);
    m_errorLabel->setWordWrap(true);
    m_errorLabel->hide();
    makeDanger(m_errorLabel, true);
    buildEditor();
    m_grid->addWidget(m_errorLabel, 3, 0, 1, 2);
    retranslate();
}

void FieldRow::buildEditor() {
    if (m_param.kind == ParamKind::Bool) {
        m_check = new QCheckBox(this);
        connect(m_check, &QCheckBox::toggled, this, [this](bool on) { commit(on); });
        m_grid->addWidget(m_label, 0, 0);
        m_grid->addWidget(m_check, 0, 1, Qt::AlignRight);
        return;
    }
    if (m_param.kind == ParamKind::Choice || m_param.kind == ParamKind::Variant) {
        m_combo = new QComboBox(this);
        m_combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        m_combo->setMinimumContentsLength(6);
        connect(m_combo, &QComboBox::activated, this, [this](int index) { commit(m_combo->itemData(index).toString().toStdString()); });
        m_grid->addWidget(m_label, 0, 0, 1, 2);
        m_grid->addWidget(m_combo, 1, 0, 1, 2);
        return;
    }
    if (numeric()) {
        m_edit = new UnitEdit(this);
        m_edit->setFixedWidth(measure::valueWidth);
        m_grid->addWidget(m_label, 0, 0);
        m_grid->addWidget(m_edit, 0, 1);
        if (playful(m_param)) {
            m_slider = new QSlider(Qt::Horizontal, this);
            m_slider->setRange(0, kSliderSteps);
            m_slider->setPageStep(50);
            m_slider->installEventFilter(this);
            connect(m_slider, &QSlider::valueChanged, this, [this](int position) { commit(sliderToValue(position)); });
            connect(m_slider, &QSlider::sliderMoved, this, [this](int position) {
                m_edit->setText(numberText(position == m_slider->value() ? m_value : sliderToValue(position)));
            });
            m_grid->addWidget(m_slider, 1, 0, 1, 2);
        }
    } else {
        m_edit = new QLineEdit(this);
        m_grid->addWidget(m_label, 0, 0, 1, 2);
        m_grid->addWidget(m_edit, 1, 0, 1, 2);
    }
    connect(m_edit, &QLineEdit::editingFinished, this, &FieldRow::commitText);
}

QWidget* FieldRow::editor() const {
    if (m_check) return m_check;
    if (m_combo) return m_combo;
    return m_edit;
}

void FieldRow::setWaitsForRelease(bool waits) {
    if (m_slider) m_slider->setTracking(!waits);
}

Json FieldRow::sliderToValue(int position) const {
    const double t = double(position) / kSliderSteps, low = *m_param.min, high = *m_param.max;
    const double value = m_param.logScale ? low * std::pow(high / low, t) : low + t * (high - low);
    const double digits = std::pow(10, std::floor(std::log10(std::max(std::abs(value), 1e-12))) - 1);  // two figures are enough by hand
    const double rounded = std::clamp(std::round(value / digits) * digits, low, high);
    return m_param.kind == ParamKind::Int ? Json(std::int64_t(std::llround(rounded))) : Json(rounded);
}

int FieldRow::valueToSlider(double value) const {
    const double low = *m_param.min, high = *m_param.max;
    const double t = m_param.logScale ? std::log(std::max(value, low) / low) / std::log(high / low) : (value - low) / (high - low);
    return int(std::lround(std::clamp(t, 0.0, 1.0) * kSliderSteps));
}

void FieldRow::setValue(const Json& value) {
    m_value = value;
    showValue();
}

void FieldRow::setDefault(const Json& value) {
    m_default = value;
    update();
}

void FieldRow::showValue() {
    m_rejected = false;
    if (m_check) {
        const QSignalBlocker blocker(m_check);
        m_check->setChecked(m_value.is_boolean() && m_value.get<bool>());
    }
    if (m_combo) m_combo->setCurrentIndex(m_combo->findData(QString::fromStdString(m_value.is_string() ? m_value.get<std::string>() : "")));
    if (m_edit)
        m_edit->setText(zeroHasAWord() && m_value == 0 ? QString()
                        : numeric()                    ? numberText(m_value)
                                                       : QString::fromStdString(m_value.is_string() ? m_value.get<std::string>() : ""));
    if (m_slider && m_value.is_number()) {
        const QSignalBlocker blocker(m_slider);
        m_slider->setValue(valueToSlider(m_value.get<double>()));
    }
    update();
}

void FieldRow::commit(const Json& value) {
    if (value == m_value) return;
    m_value = value;
    showValue();
    Q_EMIT edited(m_path, m_value);
}

void FieldRow::commitText() {
    const QString text = m_edit->text().trimmed();
    if (zeroHasAWord() && text.isEmpty()) return commit(m_param.kind == ParamKind::Int ? Json(0) : Json(0.0));
    if (!numeric()) return commit(text.toStdString());
    if (text == numberText(m_value)) {
        if (m_rejected) setError({}), showValue();
        return;
    }
    bool ok = false;
    double value = QLocale().toDouble(text, &ok);
    if (!ok) value = QLocale::c().toDouble(text, &ok);
    if (!ok) return reject(tr("“%1” is not a number.").arg(text));
    if (m_param.kind == ParamKind::Int) {
        if (value != std::floor(value)) return reject(tr("“%1” is not a whole number.").arg(text));
        return commit(std::int64_t(value));
    }
    commit(value);
}

void FieldRow::reject(const QString& why) {
    m_rejected = true;
    Q_EMIT rejected(m_path, why);
}

void FieldRow::reset() {
    setError({});
    if (m_rejected) showValue();
    commit(m_default);
}

void FieldRow::setError(const QString& text) {
    m_errorLabel->setText(text);
    m_errorLabel->setVisible(!text.isEmpty());
    markInvalid(editor(), !text.isEmpty());
    editor()->setAccessibleDescription(text.isEmpty() ? coreText(m_param.help) : text);
}

QString FieldRow::error() const {
    return m_errorLabel->isHidden() ? QString() : m_errorLabel->text();
}

void FieldRow::retranslate() {
    const QString label = coreText(m_param.label), help = coreText(m_param.help);
    m_label->setText(label);
    QString more = help;
    if (m_param.min && m_param.max && numeric()) {
        more += "\n" + tr("From %1 to %2.").arg(QLocale().toString(*m_param.min, 'g', 6), QLocale().toString(*m_param.max, 'g', 6));
    }
    setToolTip(more);
    setWhatsThis("<b>" + label.toHtmlEscaped() + "</b><p>" + more.toHtmlEscaped().replace('\n', "<br>") + "</p><p><code>" +
                 QString::fromStdString(m_path).toHtmlEscaped() + "</code></p>");
    if (m_combo) {
        m_combo->clear();
        for (const Choice& choice : m_param.choices) m_combo->addItem(coreText(choice.label), QString::fromStdString(choice.id));
        for (const Alternative& alternative : m_param.alternatives) {
            m_combo->addItem(coreText(alternative.label), QString::fromStdString(alternative.id));
            m_combo->setItemData(m_combo->count() - 1, coreText(alternative.help), Qt::ToolTipRole);
        }
    }
    if (auto* unit = qobject_cast<UnitEdit*>(m_edit)) unit->setUnit(coreText(m_param.unit));
    if (zeroHasAWord()) m_edit->setPlaceholderText(coreText(m_param.zeroMeans));
    for (QWidget* widget :
         {static_cast<QWidget*>(m_edit), static_cast<QWidget*>(m_slider), static_cast<QWidget*>(m_combo), static_cast<QWidget*>(m_check)}) {
        if (!widget) continue;
        widget->setAccessibleName(label);
        widget->setAccessibleDescription(help);
    }
    showValue();
}

void FieldRow::paintEvent(QPaintEvent*) {
    if (!changed()) return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(coloursOf(this).accent);
    // Behind the first line of the label.
    const QFontMetrics metrics(m_label->font());
    const QRect text = metrics.boundingRect(QRect(QPoint(), m_label->size()), Qt::TextWordWrap, m_label->text());
    const int lines = std::max(1, text.height() / std::max(1, metrics.lineSpacing()));
    const double x = std::min(m_label->geometry().left() + text.width() + measure::gap, m_label->geometry().right() - measure::dot);
    const double y = m_label->geometry().center().y() - (lines - 1) * metrics.lineSpacing() / 2.0;
    painter.drawEllipse(QPointF(x, y), measure::dot / 2.0, measure::dot / 2.0);
}

void FieldRow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

bool FieldRow::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::MouseButtonDblClick) {
        reset();
        return true;
    }
    // The wheel scrolls the form; it must not change a value that happens to pass under the pointer.
    if (event->type() == QEvent::Wheel && watched == m_slider && !m_slider->hasFocus()) {
        event->ignore();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace imago
