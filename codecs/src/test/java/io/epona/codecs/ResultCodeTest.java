package io.epona.codecs;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ResultCodeTest
{
    @Test
    void shouldFindEveryResultByItsCode()
    {
        final Set<Short> codes = new HashSet<>();
        for (final ResultCode result : ResultCode.values())
        {
            assertTrue(result.code() < 0, result.name());
            assertTrue(codes.add(result.code()), result.name());
            assertSame(result, ResultCode.get(result.code()));
            assertEquals(result.name(), ResultCode.nameOf(result.code()));
            assertFalse(result.remedy().isBlank(), result.name());
        }
    }

    @Test
    void shouldNameWhatItDoesNotKnow()
    {
        for (final long code : new long[]{ 0, 1, -6, -100, -133, Long.MIN_VALUE, Long.MAX_VALUE })
        {
            assertNull(ResultCode.get(code));
            assertEquals(Long.toString(code), ResultCode.nameOf(code));
        }
    }
}
