package io.epona.loadgen.scenario;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class UnitsTest
{
    @Test
    void textIsRead()
    {
        assertEquals(100, Units.size("100"));
        assertEquals(1024, Units.size("1KiB"));
        assertEquals(1000, Units.size("1 kB"));
        assertEquals(1536, Units.size("1.5KiB"));
        assertEquals(200_000, Units.rate("200k/s"));
        assertEquals(1_500_000, Units.rate("1.5M/s"));
        assertEquals(100_000, Units.count("100k"));
        assertEquals(20_000_000_000L, Units.durationNs("20s"));
        assertEquals(250_000L, Units.durationNs("250us"));
        assertEquals(300_000_000_000L, Units.durationNs("5m"));
        assertEquals(0L, Units.durationNs("0"));
    }

    @Test
    void whatIsWrittenIsReadBack()
    {
        for (final long value : new long[]{1, 999, 1_000, 1_024, 65_536, 1_000_000, 3L << 30, 123_456_789_000L})
        {
            assertEquals(value, Units.size(Units.sizeText(value)));
            assertEquals(value, Units.durationNs(Units.durationText(value)));
            assertEquals(value, Units.rate(Units.rateText(value)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "KiB", "1 QiB", "1.2.3", "-5", "0.3", "99999999999999999999"})
    void whatIsNoSizeIsRefused(final String text)
    {
        assertThrows(ScenarioException.class, () -> Units.size(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"20", "s", "5 fortnights", "1.5ns"})
    void whatIsNoDurationIsRefused(final String text)
    {
        assertThrows(ScenarioException.class, () -> Units.durationNs(text));
    }
}
