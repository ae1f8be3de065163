package io.epona.loadgen.scenario;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Sizes, rates, counts and durations as people write them: {@code 1KiB}, {@code 200k/s}, {@code 100k}, {@code 20s}.
 * A number never stands without its unit where two readings are possible: durations always need one.
 */
public final class Units
{
    private Units()
    {
    }

    /**
     * @param text bytes: {@code 100}, {@code 100B}, {@code 64kB} (1000), {@code 1KiB} (1024), up to {@code GiB}.
     * @return the number of bytes.
     * @throws ScenarioException where the text is not a size.
     */
    public static long size(final String text)
    {
        return parse(text, "a size such as 100, 1KiB or 64MiB", Units::sizeFactor);
    }

    /**
     * @param text per second: {@code 100000}, {@code 100k}, {@code 100k/s}, {@code 1.5M/s}.
     * @return messages per second.
     * @throws ScenarioException where the text is not a rate.
     */
    public static long rate(final String text)
    {
        final String plain = text.endsWith("/s") ? text.substring(0, text.length() - 2).trim() : text;
        return parse(plain, "a rate such as 200k/s", Units::countFactor);
    }

    /**
     * @param text a number: {@code 1000}, {@code 100k}, {@code 2M}.
     * @return the number.
     * @throws ScenarioException where the text is not a count.
     */
    public static long count(final String text)
    {
        return parse(text, "a count such as 1000 or 100k", Units::countFactor);
    }

    /**
     * @param text with its unit: {@code 250us}, {@code 2ms}, {@code 20s}, {@code 5m}, {@code 1h}.
     * @return nanoseconds.
     * @throws ScenarioException where the text is not a duration.
     */
    public static long durationNs(final String text)
    {
        if ("0".equals(text.trim()))
        {
            return 0;
        }

        return parse(text, "a duration with its unit such as 500us, 2ms or 20s", Units::durationFactor);
    }

    /**
     * @param bytes a size.
     * @return the shortest exact text that {@link #size(String)} reads back.
     */
    public static String sizeText(final long bytes)
    {
        if (bytes > 0 && bytes % (1L << 30) == 0)
        {
            return (bytes >> 30) + "GiB";
        }
        if (bytes > 0 && bytes % (1L << 20) == 0)
        {
            return (bytes >> 20) + "MiB";
        }
        if (bytes > 0 && bytes % (1L << 10) == 0)
        {
            return (bytes >> 10) + "KiB";
        }

        return Long.toString(bytes);
    }

    /**
     * @param durationNs nanoseconds.
     * @return the shortest exact text that {@link #durationNs(String)} reads back.
     */
    public static String durationText(final long durationNs)
    {
        if (durationNs % 1_000_000_000L == 0)
        {
            return durationNs / 1_000_000_000L + "s";
        }
        if (durationNs % 1_000_000L == 0)
        {
            return durationNs / 1_000_000L + "ms";
        }
        if (durationNs % 1_000L == 0)
        {
            return durationNs / 1_000L + "us";
        }

        return durationNs + "ns";
    }

    /**
     * @param perSecond messages per second.
     * @return the text that {@link #rate(String)} reads back.
     */
    public static String rateText(final long perSecond)
    {
        if (perSecond > 0 && perSecond % 1_000_000L == 0)
        {
            return perSecond / 1_000_000L + "M/s";
        }
        if (perSecond > 0 && perSecond % 1_000L == 0)
        {
            return perSecond / 1_000L + "k/s";
        }

        return perSecond + "/s";
    }

    private static long parse(final String text, final String expected, final UnitFactor factor)
    {
        final String trimmed = text.trim();
        int end = 0;
        while (end < trimmed.length() && (Character.isDigit(trimmed.charAt(end)) || trimmed.charAt(end) == '.'))
        {
            end++;
        }

        final long multiplier = factor.of(trimmed.substring(end).trim());
        if (0 == end || multiplier <= 0)
        {
            throw new ScenarioException("'" + text + "' is not " + expected);
        }

        try
        {
            final BigDecimal value = new BigDecimal(trimmed.substring(0, end));
            return value.multiply(BigDecimal.valueOf(multiplier)).setScale(0, RoundingMode.UNNECESSARY)
                .longValueExact();
        }
        catch (final ArithmeticException | NumberFormatException ex)
        {
            throw new ScenarioException("'" + text + "' is not " + expected, ex);
        }
    }

    private static long sizeFactor(final String unit)
    {
        return switch (unit)
        {
            case "", "B" -> 1L;
            case "kB", "k" -> 1_000L;
            case "MB", "M" -> 1_000_000L;
            case "GB", "G" -> 1_000_000_000L;
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            default -> -1L;
        };
    }

    private static long countFactor(final String unit)
    {
        return switch (unit)
        {
            case "" -> 1L;
            case "k", "K" -> 1_000L;
            case "M" -> 1_000_000L;
            case "G" -> 1_000_000_000L;
            default -> -1L;
        };
    }

    private static long durationFactor(final String unit)
    {
        return switch (unit.toLowerCase(Locale.ROOT))
        {
            case "ns" -> 1L;
            case "us" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m", "min" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> -1L;
        };
    }

    /**
     * The multiplier of a unit's name.
     */
    @FunctionalInterface
    private interface UnitFactor
    {
        long of(String unit);
    }
}
