// SPDX-License-Identifier: MIT
#include <infra/databaseurl.h>

#include <QByteArray>
#include <QDir>
#include <QFileInfo>
#include <QSet>
#include <QStringDecoder>
#include <QUrl>

#include <algorithm>
#include <optional>

namespace Infra {

namespace {

constexpr int MaximumLength = 4096;
const QString MemoryName = QStringLiteral(":memory:");

const QSet<QString> &sqliteOptions()
{
    static const QSet<QString> names{QStringLiteral("mode"), QStringLiteral("busy_timeout"),
                                     QStringLiteral("journal_mode"), QStringLiteral("synchronous"),
                                     QStringLiteral("foreign_keys")};
    return names;
}

// libpq's keywords (PostgreSQL 15, "Parameter Key Words") without user, password, port and dbname.
const QSet<QString> &postgresOptions()
{
    static const QSet<QString> names = [] {
        QSet<QString> set;
        for (const char *name :
             {"host", "hostaddr", "passfile", "channel_binding", "connect_timeout", "client_encoding", "options",
              "application_name", "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval",
              "keepalives_count", "tcp_user_timeout", "gssencmode", "sslmode", "sslcompression", "sslcert", "sslkey",
              "sslpassword", "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "requirepeer",
              "ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib", "service",
              "target_session_attrs"})
            set.insert(QString::fromLatin1(name));
        return set;
    }();
    return names;
}

bool isSecret(const QString &option)
{
    return option == QLatin1String("sslpassword");
}

tl::unexpected<Error> malformed(const QString &reason)
{
    return failure(Error::Kind::InvalidArgument, QStringLiteral("database URL: ") + reason);
}

int hexValue(QChar character)
{
    const char16_t code = character.unicode();
    if (code >= u'0' && code <= u'9')
        return code - u'0';
    if (code >= u'a' && code <= u'f')
        return code - u'a' + 10;
    if (code >= u'A' && code <= u'F')
        return code - u'A' + 10;
    return -1;
}

// Empty optional for a broken escape, for bytes that are not UTF-8 and for NUL, which no C API can carry.
std::optional<QString> decoded(QStringView text)
{
    QByteArray bytes;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != u'%') {
            qsizetype length = 1;
            if (text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate())
                length = 2;
            else if (text[i].isSurrogate())
                return std::nullopt;
            bytes += text.mid(i, length).toUtf8();
            i += length - 1;
            continue;
        }
        const int high = i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hexValue(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
        i += 2;
    }
    if (bytes.contains('\0'))
        return std::nullopt;
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString result = decoder(bytes);
    if (decoder.hasError())
        return std::nullopt;
    return result;
}

QString encoded(const QString &text, const QByteArray &keep = {})
{
    return QString::fromLatin1(QUrl::toPercentEncoding(text, keep));
}

Result<void> checkSqliteOption(const QString &name, const QString &value)
{
    static const QMap<QString, QStringList> allowed{
        {QStringLiteral("mode"), {QStringLiteral("ro"), QStringLiteral("rw"), QStringLiteral("rwc")}},
        {QStringLiteral("journal_mode"),
         {QStringLiteral("WAL"), QStringLiteral("DELETE"), QStringLiteral("TRUNCATE"), QStringLiteral("PERSIST"),
          QStringLiteral("MEMORY")}},
        {QStringLiteral("synchronous"),
         {QStringLiteral("OFF"), QStringLiteral("NORMAL"), QStringLiteral("FULL"), QStringLiteral("EXTRA")}},
        {QStringLiteral("foreign_keys"), {QStringLiteral("on"), QStringLiteral("off")}}};
    if (name == QLatin1String("busy_timeout")) {
        bool number = false;
        const int milliseconds = value.toInt(&number);
        if (!number || milliseconds < 0)
            return malformed(QStringLiteral("option busy_timeout must be a number of milliseconds from 0 to 2147483647"));
        return {};
    }
    if (!allowed.value(name).contains(value))
        return malformed(QStringLiteral("option %1 must be one of %2").arg(name, allowed.value(name).join(QStringLiteral(", "))));
    return {};
}

Result<QMap<QString, QString>> parseOptions(QStringView query, DatabaseUrl::Driver driver)
{
    const bool sqlite = driver == DatabaseUrl::Driver::Sqlite;
    QMap<QString, QString> options;
    for (const QStringView part : query.split(u'&', Qt::SkipEmptyParts)) {
        const qsizetype equals = part.indexOf(u'=');
        if (equals < 0)
            return malformed(QStringLiteral("an option has no value; write name=value"));
        const std::optional<QString> name = decoded(part.left(equals));
        const std::optional<QString> value = decoded(part.mid(equals + 1));
        if (!name || !value)
            return malformed(QStringLiteral("an option is not percent-encoded UTF-8"));
        if (!sqlite && (*name == QLatin1String("user") || *name == QLatin1String("password")))
            return malformed(QStringLiteral("%1 belongs before the host: postgresql://user:password@host/").arg(*name));
        if (!(sqlite ? sqliteOptions() : postgresOptions()).contains(*name)) {
            // A mistyped name may be a misplaced secret, so only plain names are repeated.
            const bool plain = name->size() <= 40 && std::all_of(name->cbegin(), name->cend(), [](QChar c) {
                return (c >= u'a' && c <= u'z') || c == u'_';
            });
            return malformed(QStringLiteral("unknown option") + (plain ? u' ' + *name : QString()));
        }
        if (options.contains(*name))
            return malformed(QStringLiteral("option %1 is given twice").arg(*name));
        if (value->contains(u';'))
            return malformed(QStringLiteral("option %1 must not contain a semicolon (Qt cannot pass it on)").arg(*name));
        if (sqlite) {
            if (const Result<void> checked = checkSqliteOption(*name, *value); !checked)
                return failure(checked.error());
        }
        options.insert(*name, *value);
    }
    return options;
}

} // namespace

Result<DatabaseUrl> DatabaseUrl::parse(const QString &text)
{
    if (text.size() > MaximumLength)
        return malformed(QStringLiteral("longer than %1 characters").arg(MaximumLength));
    const QStringView all(text);
    const qsizetype colon = all.indexOf(u':');
    if (colon <= 0)
        return malformed(QStringLiteral("no scheme; write sqlite:///path or postgresql://host/database"));
    const QString scheme = all.left(colon).toString().toLower();
    DatabaseUrl url;
    if (scheme == QLatin1String("sqlite")) {
        url.m_driver = Driver::Sqlite;
    } else if (scheme == QLatin1String("postgresql") || scheme == QLatin1String("postgres")) {
        url.m_driver = Driver::PostgreSql;
    } else {
        const bool plain = scheme.size() <= 20 && scheme[0].isLetter()
            && std::all_of(scheme.cbegin(), scheme.cend(), [](QChar c) {
                   return c.unicode() < 128 && (c.isLetterOrNumber() || c == u'+' || c == u'-' || c == u'.');
               });
        return malformed(QStringLiteral("unknown scheme%1; sqlite and postgresql are understood")
                             .arg(plain ? u' ' + scheme : QString()));
    }

    QStringView rest = all.mid(colon + 1);
    if (rest.contains(u'#'))
        return malformed(QStringLiteral("a '#' must be written as %23"));
    const qsizetype question = rest.indexOf(u'?');
    if (question >= 0) {
        Result<QMap<QString, QString>> options = parseOptions(rest.mid(question + 1), url.m_driver);
        if (!options)
            return failure(options.error());
        url.m_options = std::move(*options);
        rest = rest.left(question);
    }
    const bool hasAuthority = rest.startsWith(u"//");
    QStringView authority;
    QStringView path = rest;
    if (hasAuthority) {
        const qsizetype slash = rest.indexOf(u'/', 2);
        authority = slash < 0 ? rest.mid(2) : rest.mid(2, slash - 2);
        path = slash < 0 ? QStringView() : rest.mid(slash);
    }
    const std::optional<QString> decodedPath = decoded(path);
    if (!decodedPath)
        return malformed(QStringLiteral("the path is not percent-encoded UTF-8"));

    if (url.m_driver == Driver::Sqlite) {
        if (!authority.isEmpty())
            return malformed(QStringLiteral("sqlite takes no host; an absolute path has three slashes: sqlite:///path"));
        if (*decodedPath == MemoryName || *decodedPath == u'/' + MemoryName) {
            url.m_database = MemoryName;
            return url;
        }
        if (decodedPath->isEmpty() || decodedPath->endsWith(u'/'))
            return malformed(QStringLiteral("sqlite needs the path of a file"));
        if (decodedPath->startsWith(u':'))
            return malformed(QStringLiteral("a file name must not begin with ':'; write it as an absolute path"));
        url.m_database = QDir::cleanPath(QFileInfo(*decodedPath).absoluteFilePath());
        // Two leading slashes are one path for every supported system.
        while (url.m_database.startsWith(QLatin1String("//")))
            url.m_database.remove(0, 1);
        // The root, and what the canonical form could not tell from a database in memory.
        if (url.m_database.endsWith(u'/') || url.m_database == u'/' + MemoryName)
            return malformed(QStringLiteral("sqlite needs the path of a file"));
        return url;
    }

    if (!hasAuthority)
        return malformed(QStringLiteral("postgresql needs '//': postgresql://host/database"));
    const qsizetype at = authority.lastIndexOf(u'@');
    if (at >= 0) {
        const QStringView credentials = authority.left(at);
        const qsizetype separator = credentials.indexOf(u':');
        const std::optional<QString> user = decoded(separator < 0 ? credentials : credentials.left(separator));
        const std::optional<QString> password = separator < 0 ? QString() : decoded(credentials.mid(separator + 1));
        if (!user || !password)
            return malformed(QStringLiteral("user or password is not percent-encoded UTF-8"));
        url.m_user = *user;
        url.m_password = *password;
        authority = authority.mid(at + 1);
    }
    QStringView port;
    if (authority.startsWith(u'[')) {
        const qsizetype close = authority.indexOf(u']');
        if (close < 0)
            return malformed(QStringLiteral("'[' of an IPv6 address is not closed"));
        url.m_host = authority.mid(1, close - 1).toString();
        if (url.m_host.isEmpty() || !std::all_of(url.m_host.cbegin(), url.m_host.cend(), [](QChar character) {
                return hexValue(character) >= 0 || character == u':' || character == u'.';
            }) || !url.m_host.contains(u':'))
            return malformed(QStringLiteral("between '[' and ']' only an IPv6 address may stand"));
        const QStringView behind = authority.mid(close + 1);
        if (!behind.isEmpty() && behind[0] != u':')
            return malformed(QStringLiteral("only a port may follow an IPv6 address"));
        port = behind.isEmpty() ? QStringView() : behind.mid(1);
        if (!behind.isEmpty() && port.isEmpty())
            return malformed(QStringLiteral("the port is empty"));
    } else {
        const qsizetype separator = authority.indexOf(u':');
        const std::optional<QString> host = decoded(separator < 0 ? authority : authority.left(separator));
        if (!host)
            return malformed(QStringLiteral("the host is not percent-encoded UTF-8"));
        if (host->contains(u':'))
            return malformed(QStringLiteral("an IPv6 address must stand between '[' and ']'"));
        url.m_host = *host;
        port = separator < 0 ? QStringView() : authority.mid(separator + 1);
        if (separator >= 0 && port.isEmpty())
            return malformed(QStringLiteral("the port is empty"));
    }
    if (!port.isEmpty()) {
        bool number = false;
        url.m_port = port.toInt(&number);
        if (!number || url.m_port < 1 || url.m_port > 65535 || port[0] == u'+')
            return malformed(QStringLiteral("the port must be a number from 1 to 65535"));
    }
    if (!url.m_host.isEmpty() && url.m_options.contains(QStringLiteral("host")))
        return malformed(QStringLiteral("the host is given twice, before the path and as an option"));
    url.m_database = decodedPath->mid(1);
    if (path.mid(1).contains(u'/'))
        return malformed(QStringLiteral("a '/' in the database name must be written as %2F"));
    return url;
}

DatabaseUrl DatabaseUrl::forSqliteFile(const QString &path)
{
    DatabaseUrl url;
    url.m_database = QDir::cleanPath(QFileInfo(path).absoluteFilePath());
    return url;
}

DatabaseUrl DatabaseUrl::forSqliteMemory()
{
    DatabaseUrl url;
    url.m_database = MemoryName;
    return url;
}

bool DatabaseUrl::isInMemory() const noexcept
{
    return m_driver == Driver::Sqlite && m_database == MemoryName;
}

QString DatabaseUrl::compose(bool hideSecrets) const
{
    const QString hidden = QStringLiteral("***");
    QString text;
    if (m_driver == Driver::Sqlite) {
        text = isInMemory() ? QStringLiteral("sqlite::memory:") : QStringLiteral("sqlite://") + encoded(m_database, "/");
    } else {
        text = QStringLiteral("postgresql://");
        if (!m_user.isEmpty() || !m_password.isEmpty()) {
            text += encoded(m_user);
            if (!m_password.isEmpty())
                text += u':' + (hideSecrets ? hidden : encoded(m_password));
            text += u'@';
        }
        text += m_host.contains(u':') ? u'[' + m_host + u']' : encoded(m_host);
        if (m_port != 0)
            text += u':' + QString::number(m_port);
        text += u'/' + encoded(m_database);
    }
    QChar separator = u'?';
    for (auto option = m_options.cbegin(); option != m_options.cend(); ++option) {
        text += separator + encoded(option.key()) + u'='
            + (hideSecrets && isSecret(option.key()) ? hidden : encoded(option.value(), "/"));
        separator = u'&';
    }
    return text;
}

QString DatabaseUrl::redacted() const
{
    return compose(true);
}

QString DatabaseUrl::canonical() const
{
    return compose(false);
}

QString DatabaseUrl::scrub(QString text) const
{
    QStringList secrets{m_password, encoded(m_password)};
    for (auto option = m_options.cbegin(); option != m_options.cend(); ++option) {
        if (isSecret(option.key()))
            secrets << option.value() << encoded(option.value());
    }
    for (const QString &secret : secrets) {
        if (!secret.isEmpty())
            text.replace(secret, QStringLiteral("***"));
    }
    return text;
}

} // namespace Infra
