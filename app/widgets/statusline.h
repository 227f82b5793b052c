// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QWidget>

#include <optional>

namespace InfraConsole {

class TextLabel;

// Thread safety: belongs to the GUI thread. A sentence behind the shape of a verdict; it wraps.
class StatusLine : public QWidget
{
    Q_OBJECT

public:
    explicit StatusLine(QWidget *parent = nullptr);
    ~StatusLine() override;

    // No verdict: no shape.
    void setContent(std::optional<Verdict> verdict, const QString &text);
    [[nodiscard]] QString text() const;
    [[nodiscard]] std::optional<Verdict> verdict() const { return m_verdict; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::optional<Verdict> m_verdict;
    TextLabel *m_label;
};

} // namespace InfraConsole
