package io.epona.loadgen.report;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class TextTest
{
    @ParameterizedTest
    @CsvSource({"0, 1, 0.0", "0, 2, 0.00", "0.05, 2, 0.05", "1.005, 3, 1.005", "99.96, 1, 100.0", "12.3456, 2, 12.35",
        "7, 3, 7.000", "3.02, 2, 3.02"})
    void shouldWriteDecimals(final double value, final int digits, final String expected)
    {
        final StringBuilder text = new StringBuilder();
        Text.decimal(text, value, digits);
        assertEquals(expected, text.toString());
    }
}
