package io.epona.jmh;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AllocationGateTest
{
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    void shouldPassWhereNothingIsAllocated() throws IOException
    {
        assertEquals(AllocationGate.EXIT_OK, check(result("a", "0.0002", "0.05")));
        assertEquals(AllocationGate.EXIT_OK, check(result("a", null, null)));
    }

    @Test
    void shouldFailWhereAnObjectIsAllocatedPerOperation() throws IOException
    {
        // 16 B on each of 4 million operations in 200 ms
        assertEquals(AllocationGate.EXIT_ALLOCATES, check(result("a", "16.0001", "305.2")));
        assertTrue(printed.toString(StandardCharsets.UTF_8).contains("ALLOCATES"));
        assertTrue(printed.toString(StandardCharsets.UTF_8).contains("io.epona.jmh.a"));
    }

    @Test
    void shouldFailWhereAFewOperationsOfManyAllocate() throws IOException
    {
        // 16 B on every 500th of 20 million operations in 200 ms
        assertEquals(AllocationGate.EXIT_ALLOCATES, check(result("a", "0.032", "3.05")));
    }

    @Test
    void shouldFailOnOneOfSeveral() throws IOException
    {
        final String results = result("a", "0", "0") + "," + result("b", "48", "1000") + "," + result("c", "0", "0");
        assertEquals(AllocationGate.EXIT_ALLOCATES, check(results));
    }

    @Test
    void shouldAllowTheBackgroundOfAShortRunOfASlowBenchmark() throws IOException
    {
        // 20 KiB that JMH itself allocates, over 30,000 operations in 200 ms
        assertEquals(AllocationGate.EXIT_OK, check(result("a", "0.68", "0.098")));
    }

    @Test
    void shouldReadTheNamesOfOlderVersions() throws IOException
    {
        assertEquals(
            AllocationGate.EXIT_ALLOCATES, check(result("a", "16", "305").replace("gc.", "\u00b7gc.")));
    }

    @Test
    void shouldProveNothingWithoutProfileOrResults() throws IOException
    {
        assertEquals(AllocationGate.EXIT_INVALID, check(""));
        assertEquals(AllocationGate.EXIT_INVALID, check(
            "{ \"benchmark\": \"a\", \"measurementTime\": \"1 s\", \"secondaryMetrics\": {} }"));
        assertEquals(AllocationGate.EXIT_INVALID, AllocationGate.check(
            new ObjectMapper().readTree("{}"), new PrintStream(printed, true, StandardCharsets.UTF_8)));
    }

    @Test
    void shouldReadTimesOfJmh()
    {
        assertEquals(0.2, AllocationGate.seconds("200 ms"));
        assertEquals(10, AllocationGate.seconds("10 s"));
        assertEquals(120, AllocationGate.seconds("2 min"));
        assertThrows(IllegalArgumentException.class, () -> AllocationGate.seconds("single-shot"));
        assertThrows(IllegalArgumentException.class, () -> AllocationGate.seconds("1 year"));
    }

    private int check(final String results) throws IOException
    {
        return AllocationGate.check(
            new ObjectMapper().readTree("[" + results + "]"),
            new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private static String result(final String name, final String norm, final String rate)
    {
        final String alloc = null == norm ? "" :
            "\"gc.alloc.rate\": { \"score\": " + rate + " }, \"gc.alloc.rate.norm\": { \"score\": " + norm + " }, ";
        return "{ \"benchmark\": \"io.epona.jmh." + name + "\", \"measurementTime\": \"200 ms\", " +
            "\"params\": { \"length\": \"168\" }, \"secondaryMetrics\": { " + alloc +
            "\"gc.count\": { \"score\": 0.0 } } }";
    }
}
