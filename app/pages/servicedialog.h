// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/result.h>

#include <QDialog>

#include <functional>

class QLabel;
class QLineEdit;
class QPushButton;

namespace InfraConsole {

// Thread safety: belongs to the GUI thread.
//
// Name and address of a service. What is wrong with the input is said in the dialog, which stays open.
class ServiceDialog : public QDialog
{
    Q_OBJECT

public:
    // Saves the input, or says in one sentence why it cannot.
    using Save = std::function<Infra::Result<void>(const QString &name, const QString &url)>;

    // An empty `name` adds a service.
    ServiceDialog(const QString &name, const QString &url, Save save, QWidget *parent = nullptr);
    ~ServiceDialog() override;

    void accept() override;

private:
    Save m_save;
    QLineEdit *m_name;
    QLineEdit *m_url;
    QLabel *m_problem;
    QPushButton *m_button;
};

} // namespace InfraConsole
