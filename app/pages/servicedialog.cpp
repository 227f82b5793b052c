// SPDX-License-Identifier: GPL-3.0-or-later
#include "servicedialog.h"

#include "widgets/theme.h"

#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

namespace InfraConsole {

ServiceDialog::ServiceDialog(const QString &name, const QString &url, Save save, QWidget *parent)
    : QDialog(parent), m_save(std::move(save)), m_name(new QLineEdit(name, this)), m_url(new QLineEdit(url, this)),
      m_problem(new QLabel(this))
{
    setObjectName(QStringLiteral("serviceDialog"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(name.isEmpty() ? tr("Add a service") : tr("Edit %1").arg(name));
    setMinimumWidth(440);

    m_name->setObjectName(QStringLiteral("serviceName"));
    m_name->setAccessibleName(tr("Name"));
    m_name->setPlaceholderText(QStringLiteral("data-api"));
    m_url->setObjectName(QStringLiteral("serviceUrl"));
    m_url->setAccessibleName(tr("Address"));
    m_url->setPlaceholderText(QStringLiteral("http://data-api:8006"));
    m_problem->setObjectName(QStringLiteral("serviceProblem"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    QPalette problemPalette = m_problem->palette();
    problemPalette.setColor(QPalette::WindowText, Theme(palette()).status(Verdict::Down));
    m_problem->setPalette(problemPalette);
    m_problem->hide();

    auto *const hint = new QLabel(tr("Health is asked at this address with /health behind it."), this);
    QPalette hintPalette = hint->palette();
    hintPalette.setColor(QPalette::WindowText, Theme(palette()).secondaryText());
    hint->setPalette(hintPalette);

    auto *const buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_button = buttons->addButton(name.isEmpty() ? tr("Add service") : tr("Save service"), QDialogButtonBox::AcceptRole);
    m_button->setObjectName(QStringLiteral("serviceSave"));
    m_button->setAccessibleName(m_button->text());
    m_button->setDefault(true);
    QPushButton *const cancel = buttons->button(QDialogButtonBox::Cancel);
    cancel->setAccessibleName(tr("Cancel"));

    auto *const form = new QFormLayout(this);
    form->setContentsMargins(Spacing::Page, Spacing::Page, Spacing::Page, Spacing::Page);
    form->setVerticalSpacing(Spacing::Row);
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form->addRow(tr("&Name"), m_name);
    form->addRow(tr("&Address"), m_url);
    form->addRow(QString(), hint);
    form->addRow(QString(), m_problem);
    form->addRow(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &ServiceDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &ServiceDialog::reject);
}

ServiceDialog::~ServiceDialog() = default;

void ServiceDialog::accept()
{
    if (const auto saved = m_save(m_name->text().trimmed(), m_url->text().trimmed()); !saved) {
        m_problem->setText(saved.error().message);
        m_problem->show();
        return;
    }
    QDialog::accept();
}

} // namespace InfraConsole
