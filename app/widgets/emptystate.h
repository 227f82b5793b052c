// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QPushButton;

namespace InfraConsole {

class TextLabel;

// Thread safety: belongs to the GUI thread. What stands where there is nothing to show: the cause in one sentence,
// what to do in another, and one button that does it.
class EmptyState : public QWidget
{
    Q_OBJECT

public:
    // `iconName` as in icons.h.
    explicit EmptyState(const QString &iconName, QWidget *parent = nullptr);
    ~EmptyState() override;

    // An empty `button` shows none.
    void setContent(const QString &cause, const QString &advice, const QString &button = {});
    [[nodiscard]] QString cause() const;
    [[nodiscard]] QPushButton *button() const { return m_button; }

Q_SIGNALS:
    void buttonClicked();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_iconName;
    QWidget *m_picture;
    TextLabel *m_cause;
    TextLabel *m_advice;
    QPushButton *m_button;
};

} // namespace InfraConsole
