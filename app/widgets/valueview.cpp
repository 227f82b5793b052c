// SPDX-License-Identifier: GPL-3.0-or-later
#include "valueview.h"

#include "widgets/card.h"
#include "widgets/format.h"
#include "widgets/labels.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace InfraConsole {

ValueView::ValueView(QWidget *parent)
    : QWidget(parent), m_key(new TextLabel(TextLabel::Role::Strong)), m_details(new TextLabel(TextLabel::Role::Secondary)),
      m_note(new TextLabel(TextLabel::Role::Secondary)), m_format(new QComboBox), m_request(new QPushButton(tr("Read value"))),
      m_text(new QPlainTextEdit)
{
    m_format->addItem(tr("Text"), static_cast<int>(ValueFormat::Text));
    m_format->addItem(tr("JSON"), static_cast<int>(ValueFormat::Json));
    m_format->addItem(tr("Hex"), static_cast<int>(ValueFormat::Hex));
    m_format->setAccessibleName(tr("Format of the value"));
    m_request->setAccessibleName(m_request->text());
    m_request->setToolTip(tr("Reads the value of the selected key from the store (Enter)"));
    m_request->setAutoDefault(false);
    m_text->setReadOnly(true);
    m_text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setTabChangesFocus(true);
    m_text->setAccessibleName(tr("Value"));

    auto *const names = new QVBoxLayout;
    names->setSpacing(2);
    names->addWidget(m_key);
    names->addWidget(m_details);
    auto *const heading = new QHBoxLayout;
    heading->setSpacing(Spacing::Row);
    heading->addLayout(names, 1);
    heading->addWidget(m_format);
    heading->addWidget(m_request);
    auto *const card = new Card;
    auto *const body = new QVBoxLayout(card);
    body->setContentsMargins(Spacing::Row, Spacing::Row, 1, Spacing::Row);
    body->addWidget(m_note, 0, Qt::AlignTop);
    body->addWidget(m_text, 1);
    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, Spacing::Unit, 0, 0);
    column->setSpacing(Spacing::Row);
    column->addLayout(heading);
    column->addWidget(card, 1);

    connect(m_request, &QPushButton::clicked, this, &ValueView::valueRequested);
    connect(m_format, &QComboBox::currentIndexChanged, this, &ValueView::render);
    setKey({}, {});
}

ValueView::~ValueView() = default;

void ValueView::setKey(const QString &key, const QString &details)
{
    m_key->setText(key.isEmpty() ? tr("No key selected") : key);
    m_details->setText(details);
    m_bytes.clear();
    m_hasValue = false;
    m_text->clear();
    m_request->setEnabled(!key.isEmpty());
    m_note->setText(key.isEmpty() ? tr("Select a key to see its value.") : tr("Values are read on request: press Enter in the table."));
    m_note->show();
    m_text->hide();
}

void ValueView::setDetails(const QString &details)
{
    m_details->setText(details);
}

void ValueView::setLoading()
{
    m_note->setText(tr("Reading…"));
    m_note->show();
    m_text->hide();
}

void ValueView::setValue(const QByteArray &bytes, std::uint64_t total)
{
    m_bytes = bytes;
    m_hasValue = true;
    const bool cut = total > static_cast<std::uint64_t>(bytes.size());
    m_note->setText(cut ? tr("The first %1 of %2").arg(formatText(static_cast<double>(bytes.size()), Unit::Bytes),
                                                       formatText(static_cast<double>(total), Unit::Bytes))
                        : QString());
    m_note->setVisible(cut);
    m_text->show();
    setFormat(likelyFormat(bytes));
    render();
}

void ValueView::setError(const QString &message)
{
    m_note->setText(message);
    m_note->show();
    m_text->hide();
}

QString ValueView::text() const
{
    return m_text->toPlainText();
}

void ValueView::setFormat(ValueFormat format)
{
    m_format->setCurrentIndex(m_format->findData(static_cast<int>(format)));
}

void ValueView::render()
{
    if (m_hasValue)
        m_text->setPlainText(valueText(m_bytes, static_cast<ValueFormat>(m_format->currentData().toInt())));
}

} // namespace InfraConsole
