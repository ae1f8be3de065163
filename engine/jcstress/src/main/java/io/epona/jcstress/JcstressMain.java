package io.epona.jcstress;

import org.openjdk.jcstress.Main;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Entry of the runnable jar: takes jcstress's own arguments ({@code -h} lists them) and adds the flag that Agrona needs
 * in every JVM. The exit code is not 0 where a forbidden result was seen or a test failed to run.
 * <pre>{@code
 * java -jar engine/jcstress/target/epona-jcstress.jar -m quick
 * }</pre>
 */
public final class JcstressMain
{
    private static final String JVM_ARGS = "-jvmArgsPrepend";
    private static final String OPENS =
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED -Dagrona.disable.bounds.checks=true";

    private JcstressMain()
    {
    }

    /**
     * @param args of jcstress, without {@value #JVM_ARGS}.
     * @throws Exception where jcstress cannot run, or a result was forbidden.
     */
    public static void main(final String[] args) throws Exception
    {
        if (Arrays.asList(args).contains(JVM_ARGS))
        {
            throw new IllegalArgumentException(JVM_ARGS + " is taken: use -jvmArgs");
        }

        Main.main(Stream.concat(Stream.of(JVM_ARGS, OPENS), Stream.of(args)).toArray(String[]::new));
    }
}
