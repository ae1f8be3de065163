package io.epona.loadgen.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One mapping of a scenario file, read strictly: every key that was not asked for is an error that names the nearest
 * key that exists.
 */
final class Section
{
    private final String path;
    private final ObjectNode node;
    private final List<String> known = new ArrayList<>();

    Section(final String path, final JsonNode node)
    {
        this.path = path;
        if (null == node || node.isNull())
        {
            this.node = JsonNodeFactory.instance.objectNode();
        }
        else if (node instanceof final ObjectNode object)
        {
            this.node = object;
        }
        else
        {
            throw new ScenarioException((path.isEmpty() ? "the file" : path) + " must be a mapping of keys");
        }
    }

    String path(final String key)
    {
        return path.isEmpty() ? key : path + "." + key;
    }

    boolean has(final String key)
    {
        return node.has(key);
    }

    Section section(final String key)
    {
        known.add(key);
        return new Section(path(key), node.get(key));
    }

    JsonNode raw(final String key)
    {
        known.add(key);
        return node.get(key);
    }

    String text(final String key, final String otherwise)
    {
        known.add(key);
        final JsonNode value = node.get(key);
        if (null == value)
        {
            return otherwise;
        }
        if (!value.isValueNode())
        {
            throw new ScenarioException(path(key) + " must be a single value");
        }

        return value.asText().trim();
    }

    String oneOf(final String key, final String otherwise, final Collection<String> allowed)
    {
        final String value = text(key, otherwise);
        if (!allowed.contains(value))
        {
            throw new ScenarioException(path(key) + ": '" + value + "' is none of " + String.join(", ", allowed) +
                suggestion(value, allowed));
        }

        return value;
    }

    int integer(final String key, final int otherwise, final int min, final int max)
    {
        final String value = text(key, null);
        if (null == value)
        {
            return otherwise;
        }

        final long number = convert(key, () -> Units.count(value));
        if (number < min || number > max)
        {
            throw new ScenarioException(path(key) + " must be between " + min + " and " + max + ": " + value);
        }

        return (int)number;
    }

    double decimal(final String key, final double otherwise, final double min, final double max)
    {
        final String value = text(key, null);
        if (null == value)
        {
            return otherwise;
        }

        try
        {
            final double number = Double.parseDouble(value);
            if (number >= min && number <= max)
            {
                return number;
            }
        }
        catch (final NumberFormatException ex)
        {
            throw new ScenarioException(path(key) + " must be a number: " + value, ex);
        }

        throw new ScenarioException(path(key) + " must be between " + min + " and " + max + ": " + value);
    }

    long size(final String key, final long otherwise)
    {
        final String value = text(key, null);
        return null == value ? otherwise : convert(key, () -> Units.size(value));
    }

    long rate(final String key, final long otherwise)
    {
        final String value = text(key, null);
        return null == value ? otherwise : convert(key, () -> Units.rate(value));
    }

    long durationNs(final String key, final long otherwise)
    {
        final String value = text(key, null);
        return null == value ? otherwise : convert(key, () -> Units.durationNs(value));
    }

    /**
     * To be called last: refuses every key that nobody asked for.
     */
    void finish()
    {
        for (final String key : keys())
        {
            if (!known.contains(key))
            {
                throw new ScenarioException("unknown key '" + path(key) + "'" + suggestion(key, known) +
                    "; known here: " + String.join(", ", known));
            }
        }
    }

    List<String> keys()
    {
        return node.properties().stream().map(Map.Entry::getKey).toList();
    }

    private <T> T convert(final String key, final Supplier<T> conversion)
    {
        try
        {
            return conversion.get();
        }
        catch (final ScenarioException ex)
        {
            throw new ScenarioException(path(key) + ": " + ex.getMessage(), ex);
        }
    }

    static String suggestion(final String given, final Collection<String> candidates)
    {
        String best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (final String candidate : candidates)
        {
            final int distance = distance(given.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return null != best && bestDistance <= Math.max(2, given.length() / 2) ?
            " (nearest: '" + best + "')" : "";
    }

    /** Edits that turn one word into the other, a swap of neighbours counting as one (optimal string alignment). */
    private static int distance(final String a, final String b)
    {
        final int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++)
        {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++)
        {
            d[0][j] = j;
        }

        for (int i = 1; i <= a.length(); i++)
        {
            for (int j = 1; j <= b.length(); j++)
            {
                final int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + cost);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1))
                {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }

        return d[a.length()][b.length()];
    }
}
