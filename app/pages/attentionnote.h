// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QWidget>

namespace InfraConsole {

class TextLabel;

// Thread safety: belongs to the GUI thread.
//
// Why the navigation marks a page: the worst of what needs attention there, and how many others do. One line that keeps its
// place while there is nothing to say, so that nothing moves when it comes and goes; its tooltip has all of them.
class AttentionNote : public QWidget
{
    Q_OBJECT

public:
    explicit AttentionNote(PageId page, QWidget *parent = nullptr);
    ~AttentionNote() override;

    // Of all pages, worst first.
    void setAttention(const std::vector<Attention> &attention);
    // Empty when nothing on the page needs attention.
    [[nodiscard]] QString text() const;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    PageId m_page;
    Severity m_worst = Severity::Information;
    TextLabel *m_label;
};

} // namespace InfraConsole
