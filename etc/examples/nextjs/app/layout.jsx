import "./globals.css";
import Menu from "./menu";

export const metadata = { title: "Next.js with webauth" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Menu />
        <main>{children}</main>
      </body>
    </html>
  );
}
