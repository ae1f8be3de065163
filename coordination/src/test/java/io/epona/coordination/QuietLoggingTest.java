package io.epona.coordination;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;

class QuietLoggingTest
{
    /** What a user's process does, whose class path has no logging back end. */
    public static final class User
    {
        private User()
        {
        }

        /**
         * @param args none.
         */
        public static void main(final String[] args)
        {
            QuietLogging.initialise();
            LoggerFactory.getLogger(User.class).error("said to nobody");
            if (null != System.getProperty("slf4j.internal.verbosity"))
            {
                throw new AssertionError("the property stays");
            }
        }
    }

    @Test
    void shouldPrintNothingWithoutABackEnd() throws IOException, InterruptedException
    {
        final String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter((entry) -> !Path.of(entry).getFileName().toString().startsWith("slf4j-nop"))
            .collect(Collectors.joining(File.pathSeparator));
        final Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+PerfDisableSharedMem", "-cp", classPath, User.class.getName())
            .redirectErrorStream(true)
            .start();

        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertEquals("", output);
    }
}
