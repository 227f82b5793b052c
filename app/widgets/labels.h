// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace InfraConsole {

// Thread safety: belongs to the GUI thread.
//
// A label in one of the console's roles of type. It follows font and palette changes, and elides its text at the end
// when there is no room; the whole text is then its tooltip.
class TextLabel : public QWidget
{
    Q_OBJECT

public:
    enum class Role { Body, Strong, Title, Section, Secondary };

    explicit TextLabel(Role role, const QString &text = {}, QWidget *parent = nullptr);
    ~TextLabel() override;

    [[nodiscard]] QString text() const { return m_text; }
    void setText(const QString &text);
    void setAlignment(Qt::Alignment alignment);
    // Wraps instead of eliding.
    void setWordWrap(bool wrap);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool event(QEvent *event) override;

private:
    [[nodiscard]] QFont roleFont() const;

    Role m_role;
    QString m_text;
    Qt::Alignment m_alignment = Qt::AlignLeft | Qt::AlignVCenter;
    bool m_wrap = false;
};

} // namespace InfraConsole
