package io.epona.jmh.storage;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs benchmarks of the log as a storage engine, one after another, in a JVM of their own with the flags that Agrona
 * and Chronicle Queue need. Nothing else should run on the machine.
 * <pre>{@code
 * java -cp jmh/target/benchmarks.jar io.epona.jmh.storage.StorageBench sustained paced read recovery commit \
 *     --seconds 60 --repeats 3 --disk DIR --memory /dev/shm --out FILE
 * }</pre>
 * Exit codes: 0 every bar was reached, 1 a case failed, 2 wrong use, 3 a bar was missed.
 */
public final class StorageBench
{
    private static final String CHILD = "storage.bench.child";
    private static final int EXIT_USAGE = 2;
    private static final int EXIT_MISSED = 3;
    private static final List<String> JVM_ARGS = List.of(
        "-Xms1g", "-Xmx1g", "-XX:+PerfDisableSharedMem", "-XX:MaxDirectMemorySize=1g",
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
        // What Chronicle's documents ask for, and nothing sent to its makers.
        "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
        "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
        "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
        "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
        "--add-opens=java.base/java.io=ALL-UNNAMED",
        "--add-opens=java.base/java.util=ALL-UNNAMED",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "-Dchronicle.analytics.disable=true",
        "-D" + CHILD + "=true");

    private StorageBench()
    {
    }

    /**
     * @param args see {@code Options.USAGE}, printed on wrong use.
     * @throws Exception where a case fails.
     */
    public static void main(final String[] args) throws Exception
    {
        final Options options;
        try
        {
            options = Options.parse(args);
        }
        catch (final IllegalArgumentException ex)
        {
            System.err.println(ex.getMessage());
            System.err.println(Options.USAGE);
            System.exit(EXIT_USAGE);
            return;
        }

        System.exit(Boolean.getBoolean(CHILD) ? run(options, args) : runInChild(args));
    }

    private static int runInChild(final String[] args) throws IOException, InterruptedException, URISyntaxException
    {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_ARGS);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(StorageBench.class.getName());
        command.addAll(List.of(args));

        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static int run(final Options options, final String[] args) throws IOException
    {
        final Report report = new Report(System.out);
        report.setting("arguments", String.join(" ", args));
        for (final String name : options.cases())
        {
            switch (name)
            {
                case "sustained" -> new SustainedCase(options, report).reusing();
                case "sustained-16g" -> new SustainedCase(options, report).growing();
                case "paced" -> new PacedCase(options, report).run();
                case "chronicle" -> new ChronicleCase(options, report).run();
                case "read" -> new ReadCase(options, report).run();
                case "recovery" -> new RecoveryCase(options, report).run();
                case "commit" -> new CommitCase(options, report).run();
                default -> throw new IllegalArgumentException("unknown case " + name + "\n" + Options.USAGE);
            }
        }
        if (null != options.out())
        {
            report.write(options.out());
        }
        System.out.println(report.missed() + " bars missed");

        return 0 == report.missed() ? 0 : EXIT_MISSED;
    }
}
