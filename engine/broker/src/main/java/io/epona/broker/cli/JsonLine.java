package io.epona.broker.cli;

import java.util.function.BiConsumer;

/**
 * One JSON object on one line, written field by field.
 * <p>
 * Owned by one thread.
 */
public final class JsonLine
{
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder text = new StringBuilder(256);

    /**
     * Begin a new object with what it is.
     *
     * @param type what it is.
     * @return this.
     */
    public JsonLine begin(final String type)
    {
        text.setLength(0);
        text.append('{');
        return put("type", type);
    }

    /**
     * @param name  of the field.
     * @param value of the field.
     * @return this.
     */
    public JsonLine put(final String name, final long value)
    {
        name(name);
        text.append(value);
        return this;
    }

    /**
     * @param name  of the field.
     * @param value of the field.
     * @return this.
     */
    public JsonLine put(final String name, final boolean value)
    {
        name(name);
        text.append(value);
        return this;
    }

    /**
     * @param name  of the field.
     * @param value of the field, or null.
     * @return this.
     */
    public JsonLine put(final String name, final String value)
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

    /**
     * @param name     of the field.
     * @param elements of the array.
     * @param writer   writes an element: a number, a string or an object, by the methods of this class.
     * @param <T>      type of the elements.
     * @return this.
     */
    public <T> JsonLine put(final String name, final Iterable<T> elements, final BiConsumer<JsonLine, T> writer)
    {
        name(name);
        text.append('[');
        String separator = "";
        for (final T element : elements)
        {
            text.append(separator);
            writer.accept(this, element);
            separator = ",";
        }
        text.append(']');
        return this;
    }

    /**
     * Write a number as an element of an array.
     *
     * @param value of the element.
     */
    public void element(final long value)
    {
        text.append(value);
    }

    /**
     * Write a string as an element of an array.
     *
     * @param value of the element.
     */
    public void element(final String value)
    {
        string(value);
    }

    /**
     * Begin an object within this one, as a field or as an element of an array where the name is null.
     *
     * @param name of the field, or null.
     * @return this.
     */
    public JsonLine beginObject(final String name)
    {
        if (null != name)
        {
            name(name);
        }
        text.append('{');
        return this;
    }

    /**
     * End an object within this one.
     *
     * @return this.
     */
    public JsonLine endObject()
    {
        text.append('}');
        return this;
    }

    /**
     * @return the line, without a line feed.
     */
    public String end()
    {
        return text.append('}').toString();
    }

    private void name(final String name)
    {
        if ('{' != text.charAt(text.length() - 1))
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
