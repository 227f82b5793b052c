// SPDX-License-Identifier: GPL-3.0-or-later
#include "emptystate.h"

#include "widgets/icons.h"
#include "widgets/labels.h"
#include "widgets/theme.h"

#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace InfraConsole {

EmptyState::EmptyState(const QString &iconName, QWidget *parent)
    : QWidget(parent), m_iconName(iconName), m_picture(new QWidget(this)),
      m_cause(new TextLabel(TextLabel::Role::Strong)), m_advice(new TextLabel(TextLabel::Role::Secondary)),
      m_button(new QPushButton)
{
    m_picture->setFixedSize(40, 40);
    m_cause->setWordWrap(true);
    m_cause->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_advice->setWordWrap(true);
    m_advice->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    m_cause->setMaximumWidth(480);
    m_advice->setMaximumWidth(480);
    m_cause->setMinimumWidth(200);
    m_advice->setMinimumWidth(200);

    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(Spacing::Page, Spacing::Page, Spacing::Page, Spacing::Page);
    column->setSpacing(Spacing::Row);
    column->addStretch(2);
    column->addWidget(m_picture, 0, Qt::AlignHCenter);
    column->addSpacing(Spacing::Unit);
    column->addWidget(m_cause, 0, Qt::AlignHCenter);
    column->addWidget(m_advice, 0, Qt::AlignHCenter);
    column->addSpacing(Spacing::Unit);
    column->addWidget(m_button, 0, Qt::AlignHCenter);
    column->addStretch(3);
    m_button->hide();
    connect(m_button, &QPushButton::clicked, this, &EmptyState::buttonClicked);
}

EmptyState::~EmptyState() = default;

void EmptyState::setContent(const QString &cause, const QString &advice, const QString &button)
{
    m_cause->setText(cause);
    m_advice->setText(advice);
    m_advice->setVisible(!advice.isEmpty());
    m_button->setText(button);
    m_button->setAccessibleName(button);
    m_button->setVisible(!button.isEmpty());
    setAccessibleName(cause);
    setAccessibleDescription(advice);
}

QString EmptyState::cause() const
{
    return m_cause->text();
}

void EmptyState::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    icon(m_iconName, Theme(palette()).secondaryText()).paint(&painter, m_picture->geometry());
}

} // namespace InfraConsole
