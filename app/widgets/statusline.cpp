// SPDX-License-Identifier: GPL-3.0-or-later
#include "statusline.h"

#include "widgets/labels.h"
#include "widgets/status.h"
#include "widgets/theme.h"

#include <QHBoxLayout>
#include <QPainter>

namespace InfraConsole {

namespace {
constexpr int ShapeSize = 10;
} // namespace

StatusLine::StatusLine(QWidget *parent) : QWidget(parent), m_label(new TextLabel(TextLabel::Role::Body))
{
    m_label->setWordWrap(true);
    m_label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    auto *const row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_label, 1);
}

StatusLine::~StatusLine() = default;

void StatusLine::setContent(std::optional<Verdict> verdict, const QString &text)
{
    m_verdict = verdict;
    m_label->setText(text);
    setAccessibleName(verdict ? QString(statusWord(*verdict) + QStringLiteral(": ") + text) : text);
    layout()->setContentsMargins(verdict ? ShapeSize + Spacing::Row : 0, 0, 0, 0);
    update();
}

QString StatusLine::text() const
{
    return m_label->text();
}

void StatusLine::paintEvent(QPaintEvent *)
{
    if (!m_verdict)
        return;
    QPainter painter(this);
    const double lineHeight = QFontMetricsF(font()).height();
    paintStatus(&painter, QRectF(0, (lineHeight - ShapeSize) / 2, ShapeSize, ShapeSize), *m_verdict, Theme(palette()).status(*m_verdict));
}

} // namespace InfraConsole
