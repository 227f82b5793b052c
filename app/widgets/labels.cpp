// SPDX-License-Identifier: GPL-3.0-or-later
#include "labels.h"

#include "widgets/plaintext.h"
#include "widgets/theme.h"

#include <QEvent>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace InfraConsole {

TextLabel::TextLabel(Role role, const QString &text, QWidget *parent) : QWidget(parent), m_role(role)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setText(text);
}

TextLabel::~TextLabel() = default;

void TextLabel::setText(const QString &text)
{
    if (text == m_text)
        return;
    m_text = text;
    setAccessibleName(text);
    updateGeometry();
    update();
}

void TextLabel::setAlignment(Qt::Alignment alignment)
{
    m_alignment = alignment;
    update();
}

void TextLabel::setWordWrap(bool wrap)
{
    m_wrap = wrap;
    QSizePolicy policy(QSizePolicy::Preferred, wrap ? QSizePolicy::Minimum : QSizePolicy::Fixed);
    policy.setHeightForWidth(wrap);
    setSizePolicy(policy);
    updateGeometry();
}

QFont TextLabel::roleFont() const
{
    switch (m_role) {
    case Role::Strong:
        return Theme::semibold(font());
    case Role::Title:
        return Theme::titleFont(font());
    case Role::Section:
        return Theme::labelFont(font());
    case Role::Body:
    case Role::Secondary:
        break;
    }
    return font();
}

QSize TextLabel::sizeHint() const
{
    const QFontMetrics metrics(roleFont());
    const int width = metrics.horizontalAdvance(m_text) + 2;
    return {m_wrap ? qMin(width, 480) : width, m_wrap ? heightForWidth(qMin(width, 480)) : metrics.height()};
}

QSize TextLabel::minimumSizeHint() const
{
    const QFontMetrics metrics(roleFont());
    return {qMin(metrics.horizontalAdvance(m_text) + 2, metrics.averageCharWidth() * 6), metrics.height()};
}

int TextLabel::heightForWidth(int width) const
{
    if (!m_wrap)
        return -1;
    return QFontMetrics(roleFont()).boundingRect(QRect(0, 0, width, 10'000), Qt::TextWordWrap, m_text).height();
}

void TextLabel::paintEvent(QPaintEvent *)
{
    const Theme theme(palette());
    QPainter painter(this);
    const QFont type = roleFont();
    painter.setFont(type);
    const bool secondary = m_role == Role::Section || m_role == Role::Secondary;
    painter.setPen(isEnabled() && !secondary ? theme.text() : theme.secondaryText());
    if (m_wrap)
        painter.drawText(rect(), int(m_alignment) | Qt::TextWordWrap, m_text);
    else
        painter.drawText(rect(), int(m_alignment), QFontMetrics(type).elidedText(m_text, Qt::ElideRight, width()));
}

void TextLabel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        updateGeometry();
}

bool TextLabel::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty()) {
        if (!m_wrap && QFontMetrics(roleFont()).horizontalAdvance(m_text) > width())
            QToolTip::showText(static_cast<QHelpEvent *>(event)->globalPos(), plainToolTip(m_text), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace InfraConsole
