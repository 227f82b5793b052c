// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QIcon>
#include <QWidget>

namespace InfraConsole {

// The shape and colour of a verdict as an icon, for views that draw icons; follows the application's palette.
[[nodiscard]] QIcon statusIcon(Verdict verdict);

// Thread safety: belongs to the GUI thread. A verdict's shape, a name, and what is to be said about it.
class VerdictHeading : public QWidget
{
    Q_OBJECT

public:
    explicit VerdictHeading(QWidget *parent = nullptr);
    ~VerdictHeading() override;

    void setStatus(Verdict verdict, const QString &name, const QString &text);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Verdict m_verdict = Verdict::NeverChecked;
    QString m_name;
    QString m_text;
};

} // namespace InfraConsole
