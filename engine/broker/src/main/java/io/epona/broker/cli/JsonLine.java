package io.epona.broker.cli;

/**
 * One JSON object on one line, written field by field.
 * <p>
 * Owned by one thread.
 */
final class JsonLine
{
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder text = new StringBuilder(256);

    /** Begin a new object with what it is. */
    JsonLine begin(final String type)
    {
        text.setLength(0);
        text.append('{');
        return put("type", type);
    }

    JsonLine put(final String name, final long value)
    {
        name(name);
        text.append(value);
        return this;
    }

    JsonLine put(final String name, final boolean value)
    {
        name(name);
        text.append(value);
        return this;
    }

    JsonLine put(final String name, final String value)
    {
        name(name);
        if (null == value)
        {
            text.append("null");
        }
        else
        {
            string(value);
        }
        return this;
    }

    /** The line, without a line feed. */
    String end()
    {
        return text.append('}').toString();
    }

    private void name(final String name)
    {
        if (text.length() > 1)
        {
            text.append(',');
        }
        string(name);
        text.append(':');
    }

    private void string(final String value)
    {
        text.append('"');
        for (int i = 0; i < value.length(); i++)
        {
            final char c = value.charAt(i);
            if ('"' == c || '\\' == c)
            {
                text.append('\\').append(c);
            }
            else if (c < ' ')
            {
                text.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
            }
            else
            {
                text.append(c);
            }
        }
        text.append('"');
    }
}
