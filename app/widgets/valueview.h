// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/valuetext.h"

#include <QWidget>

class QComboBox;
class QPlainTextEdit;
class QPushButton;

namespace InfraConsole {

class TextLabel;

// Thread safety: belongs to the GUI thread. One key and, on request, its value as text, JSON or hex.
class ValueView : public QWidget
{
    Q_OBJECT

public:
    explicit ValueView(QWidget *parent = nullptr);
    ~ValueView() override;

    // Shows the key and what is known of it, and asks for the value with a button. An empty key shows nothing.
    void setKey(const QString &key, const QString &details);
    // Of the same key, as time goes by.
    void setDetails(const QString &details);
    void setLoading();
    // `total` may exceed the bytes given: only so much was read.
    void setValue(const QByteArray &bytes, std::uint64_t total);
    void setError(const QString &message);
    [[nodiscard]] bool hasValue() const { return m_hasValue; }
    [[nodiscard]] QString text() const;
    void setFormat(ValueFormat format);

Q_SIGNALS:
    void valueRequested();

private:
    void render();

    TextLabel *m_key;
    TextLabel *m_details;
    TextLabel *m_note;
    QComboBox *m_format;
    QPushButton *m_request;
    QPlainTextEdit *m_text;
    QByteArray m_bytes;
    bool m_hasValue = false;
};

} // namespace InfraConsole
